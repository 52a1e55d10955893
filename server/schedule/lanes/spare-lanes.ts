/** Lanes beyond those that an environment executes at once: they fill the time in which requests and replies travel. */

const least = 0.04;
/** Of the lanes, however long a journey is in terms of the work. */
const most = 1;

/** @param travel time for which a request travels, in terms of that for which it is executed. */
export function spareLanes(lanes: number, travel: number): number {
  const away = Math.min(most, travel);
  // What chance makes of it: now more of them are on the way, now fewer.
  const travelling = lanes * away + Math.sqrt((lanes * away) / (1 + away));
  return 1 + Math.round(Math.max(lanes * least, travelling));
}
