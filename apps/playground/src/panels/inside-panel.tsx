import { insideOf } from '../state/inspection.ts';
import type { Inside, Look } from '../state/look.ts';
import type { Playground } from '../state/playground.ts';
import type { State } from '../state/state.ts';
import { STRINGS } from '../strings.ts';
import { AttentionControls } from './attention-controls.tsx';
import { SamplingControls } from './sampling-controls.tsx';

interface InsideProps {
  readonly app: Playground;
  readonly state: State;
  readonly colorOf: (label: string) => string;
}

const KINDS = ['none', 'attention', 'sampling'] as const;

/** The inside of the model: attention and sampling points over the picture, after one more run in parts. */
export function InsidePanel({ app, state, colorOf }: InsideProps) {
  const { explain } = STRINGS;
  const inside = insideOf(state);
  const { look, run, model, live } = state;
  if (!inside) {
    return (
      <div class="inside">
        <h3 class="small-head">{explain.inside}</h3>
        <p class="note">{explain.insideHint}</p>
        <div class="row">
          <button
            type="button"
            class="button"
            id="inspect"
            disabled={run !== undefined || live !== undefined || model.state !== 'ready'}
            onClick={() => void app.inspection.inspect()}
          >
            {explain.inspect}
          </button>
        </div>
      </div>
    );
  }
  const stages = inside.passes[0].stages.length;
  const kinds = KINDS.filter((kind) => kind !== 'attention' || inside.passes[0].stages[0].attention);
  const change = (next: Partial<Look>): void => app.inspection.look(next);
  return (
    <div class="inside">
      <h3 class="small-head">{explain.inside}</h3>
      <fieldset class="segments">
        <legend class="visually-hidden">{explain.inside}</legend>
        {kinds.map((kind) => (
          <label key={kind} class="segment">
            <input
              type="radio"
              name="look"
              value={kind}
              checked={look.kind === kind}
              onChange={() =>
                change({ kind, ...(kind === 'sampling' && { level: Math.max(0, look.level) }) })
              }
            />
            <span>{explain.looks[kind]}</span>
          </label>
        ))}
      </fieldset>
      {look.kind === 'attention' && (
        <AttentionControls inside={inside} look={look} colorOf={colorOf} onChange={change} />
      )}
      {look.kind === 'sampling' && <SamplingControls inside={inside} look={look} onChange={change} />}
      {look.kind !== 'none' && (
        <div class="row">
          <label class="number">
            {explain.stage}
            <select
              id="look-stage"
              value={String(look.stage)}
              onChange={({ currentTarget }) => change({ stage: Number(currentTarget.value) })}
            >
              {Array.from({ length: stages }, (_, i) => (
                <option key={i} value={i}>
                  {explain.stageName(i + 1, stages)}
                </option>
              ))}
            </select>
          </label>
          <LevelChoice inside={inside} look={look} onChange={change} />
        </div>
      )}
    </div>
  );
}

interface ControlProps {
  readonly inside: Inside;
  readonly look: Look;
  readonly onChange: (change: Partial<Look>) => void;
}

function LevelChoice({ inside, look, onChange }: ControlProps) {
  const { explain } = STRINGS;
  const { levels, scale } = inside.passes[0].stages[0].sampling;
  return (
    <label class="number">
      {explain.level}
      <select
        id="look-level"
        value={String(look.level)}
        onChange={({ currentTarget }) => onChange({ level: Number(currentTarget.value) })}
      >
        {look.kind === 'attention' && <option value="-1">{explain.allLevels}</option>}
        {levels.map(({ stride }, i) => (
          <option key={stride} value={i}>
            {explain.levelName(i + 3, Math.round(stride * scale[0]))}
          </option>
        ))}
      </select>
    </label>
  );
}
