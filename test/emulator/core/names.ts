/** A few texts that recur endlessly, as small numbers. */

export class Names {
  private readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();

  private last = { text: "", number: -1 };

  number(text: string): number {
    if (this.last.text !== text || this.last.number < 0) {
      this.last = { text, number: this.find(text) };
    }
    return this.last.number;
  }

  private find(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.texts.length;
      this.texts.push(text);
      this.numbers.set(text, number);
    }
    return number;
  }

  text(number: number): string {
    return this.texts[number] ?? "";
  }
}
