/** Lanes beyond those that an environment executes at once: they fill the time in which requests and replies travel. */

/** Shares of the lanes: at least, and for travel at most. */
const least = 0.04;
const most = 1;

/**
 * @param travel time for which a request travels, in terms of that for which it is executed.
 * @param principals each may have its own part of what the environment does.
 */
export function spareLanes(lanes: number, travel: number, principals: number): number {
  const away = Math.min(most, travel);
  // By chance now more of them travel, now fewer: one standard deviation.
  const chance = Math.sqrt((lanes * away) / (1 + away));
  // Where each principal has its own part, the deviations add up: a spare lane of one makes up for nothing of another.
  const apart = Math.round((Math.sqrt(principals) - 1) * chance);
  return 1 + Math.round(Math.max(lanes * least, lanes * away + chance)) + apart;
}
