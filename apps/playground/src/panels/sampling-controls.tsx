import { POINT_COLORS } from '../stage/sampling.ts';
import type { Inside, Look } from '../state/look.ts';
import { STRINGS } from '../strings.ts';

interface SamplingProps {
  readonly inside: Inside;
  readonly look: Look;
  readonly onChange: (change: Partial<Look>) => void;
}

/** The legend of the sampling points, and the choice of a location without a pointer. */
export function SamplingControls({ inside, look, onChange }: SamplingProps) {
  const { explain } = STRINGS;
  const { levels } = inside.passes[0].stages[0].sampling;
  const move = ({ key }: KeyboardEvent): boolean => {
    const { width, height } = levels[look.level];
    const [dx, dy] = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    }[key] ?? [0, 0];
    if (dx === 0 && dy === 0) return false;
    const within = (at: number): number => Math.min(1, Math.max(0, at));
    onChange({ place: [within(look.place[0] + dx / width), within(look.place[1] + dy / height)] });
    return true;
  };
  const shown = [
    ...(look.level > 0 ? (['finer'] as const) : []),
    'own' as const,
    ...(look.level + 1 < levels.length ? (['coarser'] as const) : []),
  ];
  return (
    <>
      <p class="note">
        {explain.samplingHint}{' '}
        <button
          type="button"
          class="link-button"
          id="move-place"
          aria-label={explain.moveHint}
          onKeyDown={(event) => move(event) && event.preventDefault()}
        >
          {explain.move}
        </button>
      </p>
      <ul class="legend">
        {shown.map((kind) => (
          <li key={kind} style={{ '--color': POINT_COLORS[kind] }}>
            <span class="dot" />
            {explain.points[kind]}
          </li>
        ))}
      </ul>
    </>
  );
}
