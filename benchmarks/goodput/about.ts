/** What the README says of the question. */

export const about = `How much of what the limits allow does the server get out of an environment? Each cell is an environment with so many principals × web servers, a
capacity and what becomes of requests beyond it, affinity cookies that are kept, moved or missing, and a hint; nothing tells the server of
them. The real publishing, scheduling and retries run on virtual time against the emulator's own limits (\`goodput/service.ts\`): a standard table that keeps
a mark for each row, which is the oracle for lost and doubled rows. A bulk request takes 60 ms and 8 ms a row, a \`$batch\` 20 ms and 30 ms an
operation (an upsert 1.6 times that), each 0.7 to 1.3 times as long and one in 500 ten times; a refused bulk request ends at its first bad row; 50 to 150 ms
there and back. Cells last 900 s of service time: the burst up to 300 s, while the windows are still empty, and the steady state after it.

*Share of the ceiling*: the ceiling is computed apart (\`goodput/ceiling.ts\`, which shares nothing with the server) as the least of what requests, execution
time, requests at once and capacity allow with 1,000 rows a request, corrected for the noise that was really drawn; with bad rows that only the service finds it is
the best splitting of someone who knows how many there are (\`best-splitting.ts\`). Where requests beyond the capacity are refused, a lane is held from the request's
leaving until its reply is there, since nobody knows earlier that it is free; whatever the splitting, each request then costs its journey (100 ms on average) beside
its execution, and the best splitting is of requests at that price: 73.9 % of what it is without journeys at 1 % bad rows, 88.6 % at 0.1 %, 99.7 % at 10 %. Whoever
sends before the reply is there, by the age of each request and knowing how long they take, is refused now and then: in a model of just that, with 0.5 %
of requests refused and 1 % bad rows, nothing is gained on 4 lanes, 4 % on 8 and 6 % on 16, and 1 % of 0.1 %. Elsewhere, and for clean rows, the ceiling is without journeys: further requests may
fill them, and a request of 1,000 rows is 80 times as long. Rows count when the service writes or refuses them; those of a request that is
under way at the end of the burst or of the time count in part, as its execution lies within. Execution that a volley took
beyond what the windows gave back in that time is a loan, paid in the minutes after, and is taken off; \`results/goodput.json\` names it. *429s*: of all
requests in the steady state. *Before Retry-After*: requests that left after their principal had read a Retry-After of that server.

The full factorial would have some thousands of cells. The four cells 1×1, 1×4, 4×1, 4×4 meet every capacity model and size, every affinity, every hint and every kind
of bad rows; the other twelve meet five capacities each with affinity and hint drawn from the seed (\`goodput/grid.ts\`). One seed a cell: differences below
a point mean nothing.

*Beside others*: strategies as published, on the same limiter, never measurements of a product. One row a request with 4 threads, nothing repeated (the paper);
upserts in \`$batch\` 10 × 10, three retries (copy activity, which would end where this one goes on); \`$batch\` of 10 with 16 threads and users in turn (SSIS toolkit); one bulk
request of 1,000 at a time, errors are the caller's (Python SDK style); bulk of 100 × hint, ten retries (ServiceClient style); adaptive to 10 s with ten threads, fewer
after each throttle (Sql4Cds style); 50 connections a user in rotation with deferred retry, \`$batch\` of 100 (Empower style); and a plain loop of bulk 1,000 that
is told the right number of lanes, which no client can know. What one thread is told to wait holds back all of its user's, which is more than is published. None of
them checks rows against metadata, so that both kinds of bad rows are one to them.

*Over sockets*: the same publishing and scheduling with the server's own connections against the emulator in a process of its own, four times as fast as real time, to show that
the figures of virtual time are no artefact. \`GOODPUT=quick\` runs the four cells alone.`;
