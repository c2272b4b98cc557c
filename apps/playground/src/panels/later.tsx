import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface LaterProps {
  /** Turns of the event loop to wait: at first, and each time that there are results. */
  readonly turns: number;
  /** There are results to show. Once there are none, what is shown changes without delay. */
  readonly hasResults: boolean;
  readonly children: ComponentChildren;
}

/** What a page shows further down: it follows the picture and its boxes, and delays neither. */
export function Later({ turns, hasResults, children }: LaterProps) {
  const [waited, setWaited] = useState({ hasResults, turn: 0 });
  const isNew = waited.hasResults !== hasResults;
  const turn = isNew ? (hasResults ? 0 : turns) : waited.turn;
  const shown = useRef<ComponentChildren>(null);
  if (turn === turns) shown.current = children;

  useEffect(() => {
    if (turn === turns) {
      if (isNew) setWaited({ hasResults, turn });
      return;
    }
    const next = setTimeout(() => setWaited({ hasResults, turn: turn + 1 }));
    return () => clearTimeout(next);
  }, [turn, turns, hasResults, isNew]);

  return <>{shown.current}</>;
}
