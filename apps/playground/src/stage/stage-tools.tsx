import type { ButtonHTMLAttributes } from 'preact';
import { Icon, type IconName } from '../panels/icon.tsx';
import { STRINGS } from '../strings.ts';

interface StageToolsProps {
  /** The whole picture is shown. */
  readonly isFitted: boolean;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
  /** The picture is shown without its boxes. */
  readonly isBare: boolean;
  readonly onBare: (bare: boolean) => void;
}

const STEP = 1.6; // zoom of a click

/** Buttons over the picture: zoom, and hold to see it without boxes. */
export function StageTools({ isFitted, onZoom, onFit, isBare, onBare }: StageToolsProps) {
  const { stage } = STRINGS;
  const show = (): void => onBare(false);
  return (
    <fieldset class="stage-tools" aria-label={stage.zoom}>
      <Tool icon="plus" name={stage.zoomIn} onClick={() => onZoom(STEP)} />
      <Tool icon="minus" name={stage.zoomOut} disabled={isFitted} onClick={() => onZoom(1 / STEP)} />
      <Tool icon="fit" name={stage.fit} disabled={isFitted} onClick={onFit} />
      <Tool
        icon="eye"
        name={stage.hideBoxes}
        aria-pressed={isBare}
        onPointerDown={() => onBare(true)}
        onPointerUp={show}
        onPointerLeave={show}
        onKeyDown={({ key }) => (key === ' ' || key === 'Enter') && onBare(true)}
        onKeyUp={show}
        onBlur={show}
      />
    </fieldset>
  );
}

interface ToolProps extends ButtonHTMLAttributes {
  readonly icon: IconName;
  /** For its tooltip and for screen readers. */
  readonly name: string;
}

function Tool({ icon, name, ...button }: ToolProps) {
  return (
    <button type="button" class="tool" aria-label={name} title={name} {...button}>
      <Icon name={icon} />
    </button>
  );
}
