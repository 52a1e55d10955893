/** The text, the colours and the styles of a plot: all that decides whether it can be read. */

/** Told apart by most eyes, on white and on black (after Okabe and Ito). */
export const colours = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#cc79a7",
  "#d55e00",
  "#56b4e9",
  "#8c8c8c",
  "#b5a300",
] as const;

export const lineHeight = 18;
/** Of a character in the mean, at 12 px: no browser is here to measure it. */
const characterWidth = 6.6;

export const styles = [
  'text{font:12px system-ui,"Segoe UI","DejaVu Sans",sans-serif;fill:#24292f}',
  ".title{font-size:15px;font-weight:600}.label{fill:#57606a}.source{font-size:10.5px;fill:#57606a}",
  ".middle{text-anchor:middle}.end{text-anchor:end}.value{font-size:10.5px}",
  ".page{fill:#ffffff}.grid{stroke:#d0d7de;stroke-width:1}.mark{stroke:#cf222e;stroke-width:1.5;stroke-dasharray:5 4}",
  "polyline{fill:none;stroke-width:2;stroke-linejoin:round}",
  "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.label,.source{fill:#9198a1}.page{fill:#0d1117}.grid{stroke:#30363d}.mark{stroke:#ff7b72}}",
].join("");

export function widthOf(words: string): number {
  return Math.ceil(words.length * characterWidth);
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** To a tenth of a pixel, so that the same figures give the same bytes on every machine. */
function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function at(...[x, y, words, kind = ""]: [x: number, y: number, words: string, kind?: string]): string {
  return `<text x="${number(x)}" y="${number(y)}"${kind === "" ? "" : ` class="${kind}"`}>${escaped(words)}</text>`;
}

export const text = { at, escaped, number };
