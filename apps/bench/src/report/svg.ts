/** Escapes text for HTML and SVG. */
export function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** An SVG element as data, rendered to nodes by the page and to markup by saved reports. */
export interface Drawing {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Drawing | string)[];
}

/** An SVG element. */
export function shape(
  tag: string,
  attributes: Drawing['attributes'],
  children: Drawing['children'] = [],
): Drawing {
  return { tag, attributes, children };
}

/** A scalable picture with an accessible name. */
export function svg(name: string, width: number, height: number, parts: readonly Drawing[]): Drawing {
  const attributes = { viewBox: `0 0 ${width} ${height}`, width, role: 'img', 'aria-label': name };
  return shape('svg', attributes, parts);
}

/** Elements with a tooltip. */
export function group(title: string, parts: readonly Drawing[]): Drawing {
  return shape('g', {}, [shape('title', {}, [title]), ...parts]);
}

/** @param style  classes: label, value or tick; end or middle to anchor it there */
export function text(x: number, y: number, content: string, style: string): Drawing {
  return shape('text', { class: style, x: x.toFixed(1), y: y.toFixed(1) }, [content]);
}

/** A drawing as escaped markup; empty for none. */
export function toMarkup(drawing: Drawing | string | undefined): string {
  if (drawing === undefined) return '';
  if (typeof drawing === 'string') return escaped(drawing);
  const { tag, attributes, children } = drawing;
  const list = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(`${value}`)}"`);
  return `<${tag}${list.join('')}>${children.map(toMarkup).join('')}</${tag}>`;
}
