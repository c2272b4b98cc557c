import type { Drawing } from '../report/svg.ts';

/** An element of the page that must be there. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

type Child = Node | string;

/** Makes an element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A drawing as nodes; its text is never interpreted as markup. */
export function drawn({ tag, attributes, children }: Drawing): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  element.append(...children.map((child) => (typeof child === 'string' ? child : drawn(child))));
  return element;
}

/** Fills a list with lines of text. */
export function fillList(list: HTMLElement, lines: readonly string[]): void {
  list.replaceChildren(...lines.map((line) => make('li', { textContent: line })));
}

/** A message as a sentence: capitalized, with a full stop. */
export function asSentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
}

/** Copies text and says so on the button. */
export async function copyFrom(button: HTMLElement, content: string): Promise<void> {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(content);
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Refused by the browser';
  }
  setTimeout(() => {
    button.textContent = label;
  }, 1500);
}

/** Offers text as a file. */
export function download(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
