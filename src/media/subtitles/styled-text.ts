import type { Line, Span, Style } from './cue.js';

const STYLES: readonly Style[] = ['b', 'i', 'u'];

/** What no player shows, and NUL, which WebVTT forbids; tabs and line feeds stay. */
// eslint-disable-next-line no-control-regex -- control characters are what must not pass
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Puts the lines of a cue together from text and changes of its look. */
export class StyledText {
  private readonly finished: Span[][] = [];
  private line: Span[] = [];
  private readonly depth: Record<Style, number> = { b: 0, i: 0, u: 0 };

  /** Line feeds begin a new line. */
  append(text: string): void {
    text.split('\n').forEach((part, at) => {
      if (at > 0) this.breakLine();
      this.appendToLine(part.replace(INVISIBLE, ''));
    });
  }

  open(style: Style): void {
    this.depth[style] += 1;
  }

  /** A closing tag that nothing was opened for is ignored. */
  close(style: Style): void {
    this.depth[style] = Math.max(0, this.depth[style] - 1);
  }

  set(style: Style, on: boolean): void {
    this.depth[style] = on ? 1 : 0;
  }

  /** The lines that have something visible. */
  lines(): Line[] {
    return [...this.finished, this.line].filter((line) =>
      line.some(({ text }) => text.trim() !== ''),
    );
  }

  private breakLine(): void {
    this.finished.push(this.line);
    this.line = [];
  }

  private appendToLine(text: string): void {
    if (text === '') return;
    const styles = STYLES.filter((style) => this.depth[style] > 0);
    const last = this.line.at(-1);
    if (last?.styles.join() === styles.join()) last.text += text;
    else this.line.push({ text, styles });
  }
}

/** The style a tag's name stands for. */
export function styleNamed(name: string | undefined): Style | undefined {
  return STYLES.find((style) => style === name?.toLowerCase());
}
