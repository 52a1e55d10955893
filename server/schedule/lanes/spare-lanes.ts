/** Lanes beyond those that an environment executes at once: they fill the time in which requests and replies travel. */

const least = 0.04;
/** Of the lanes, however long a journey is in terms of the work. */
const most = 1;

/**
 * @param travel time for which a request travels, in terms of that for which it is executed.
 * @param principals each may have its own part of what the environment does.
 */
export function spareLanes(lanes: number, travel: number, principals: number): number {
  const away = Math.min(most, travel);
  // What chance makes of it: now more of them are on the way, now fewer.
  const chance = Math.sqrt((lanes * away) / (1 + away));
  // Of several parts it adds up, since lanes of one principal make up for nothing of another.
  const apart = Math.round((Math.sqrt(principals) - 1) * chance);
  return 1 + Math.round(Math.max(lanes * least, lanes * away + chance)) + apart;
}
