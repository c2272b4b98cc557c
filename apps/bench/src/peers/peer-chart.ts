import { digits } from '../report/lines.ts';
import { type Drawing, group, shape, svg, text } from '../report/svg.ts';
import { workOf } from './peer-cases.ts';
import { caseOf, OURS, type PeerReport } from './peer-table.ts';

const [LABEL, BAR, VALUE] = [190, 430, 150];
const [ROW, TITLE, GAP] = [19, 22, 10];

/** Rates of all libraries, operation by operation, beside the fastest; those with wrong numbers are hollow. */
export function peerChart({ rows }: PeerReport): Drawing | undefined {
  const parts: Drawing[] = [];
  let y = 0;
  for (const row of rows) {
    const { amount, unit } = workOf(caseOf(row).operation);
    const least = Math.min(...row.results.flatMap(({ medianMs }) => medianMs ?? []));
    if (!Number.isFinite(least)) continue;
    parts.push(text(0, y + 15, `${row.name}, ${unit}`, 'label'));
    y += TITLE;
    for (const { peer, status, medianMs } of row.results) {
      const width = medianMs === undefined ? 0 : (BAR * least) / medianMs;
      const rate = medianMs === undefined ? '' : digits(amount / medianMs / 1e6);
      const value = status === 'ok' ? rate : [rate, status].filter(Boolean).join(', ');
      parts.push(
        group(`${row.name}, ${peer}: ${value}`, [
          text(LABEL - 8, y + 13, peer, 'tick end'),
          shape('rect', {
            class: ['bar', ...(peer === OURS ? [] : ['other']), ...(status === 'ok' ? [] : [status])].join(
              ' ',
            ),
            x: LABEL,
            y: y + 2,
            width: Math.max(1, width).toFixed(1),
            height: ROW - 6,
            rx: 2,
          }),
          text(LABEL + width + 6, y + 13, value, 'value'),
        ]),
      );
      y += ROW;
    }
    y += GAP;
  }
  return parts.length === 0 ? undefined : svg('Rates of all libraries', LABEL + BAR + VALUE, y, parts);
}
