import type { LabeledBox } from '@glip-wgpu/datasets';
import { useLayoutEffect, useState } from 'preact/hooks';
import { AddressDialog } from './panels/address-dialog.tsx';
import { CameraDialog } from './panels/camera-dialog.tsx';
import { ExplainPanel } from './panels/explain-panel.tsx';
import { ExportPanel } from './panels/export-panel.tsx';
import { Header } from './panels/header.tsx';
import { Later } from './panels/later.tsx';
import { ModelsDialog } from './panels/models-dialog.tsx';
import { Notices } from './panels/notices.tsx';
import { Pictures } from './panels/pictures.tsx';
import { PromptPanel } from './panels/prompt-panel.tsx';
import { ResultsPanel } from './panels/results-panel.tsx';
import { Status } from './panels/status.tsx';
import { TeachPanel } from './panels/teach-panel.tsx';
import { Stage } from './stage/stage.tsx';
import { insideOf } from './state/inspection.ts';
import type { Playground } from './state/playground.ts';
import { sceneOf } from './state/scene.ts';
import { useStore } from './state/store.ts';
import { viewOf } from './state/view.ts';
import { STRINGS } from './strings.ts';

/** Panels of results, in the order in which they are drawn. */
const FOLLOWING = [ResultsPanel, ExplainPanel, TeachPanel, ExportPanel];

export function App({ app }: { readonly app: Playground }) {
  const state = useStore(app.store);
  const view = viewOf(state);
  const { picture, boxes, labels } = view;
  const hasResults = view.outcome !== undefined;
  const edit = state.editing
    ? {
        boxes,
        label: state.newLabel.trim() || labels[0] || 'object',
        selected: state.selected,
        onChange: (next: readonly LabeledBox[], selected: number | undefined): void => {
          app.lessons.edit(next);
          app.store.set({ selected });
        },
      }
    : undefined;
  const counts = labels
    .map((label) => [label, boxes.filter((box) => box.label === label).length] as const)
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${count} × ${label}`);
  const description = picture
    ? STRINGS.stage.describe(
        picture.name,
        `${STRINGS.results.count(boxes.length)}: ${counts.join(', ') || '–'}`,
      )
    : '';
  const onPick =
    picture && state.look.kind === 'sampling' && insideOf(state)
      ? (x: number, y: number) => app.inspection.look({ place: [x / picture.width, y / picture.height] })
      : undefined;
  return (
    <>
      <Header app={app} state={state} />
      <main class="main">
        <div class="left">
          <div class="stage">
            <Stage
              scene={sceneOf(state, view)}
              picture={picture?.id}
              description={description}
              onFocus={(focus) => app.focus(focus)}
              edit={edit}
              onPick={onPick}
            />
            <Status state={state} view={view} />
          </div>
          <Pictures app={app} state={state} />
        </div>
        <div class="right">
          <Notices app={app} state={state} view={view} />
          <PromptPanel app={app} state={state} view={view} />
          {FOLLOWING.map((Panel, i) => (
            <Later key={Panel.name} turns={i + 1} hasResults={hasResults}>
              <Panel app={app} state={state} view={view} />
            </Later>
          ))}
        </div>
      </main>
      <footer class="footer">
        <p>{STRINGS.privacy}</p>
      </footer>
      {state.dialog === 'address' && <AddressDialog app={app} state={state} />}
      {state.dialog === 'models' && <ModelsDialog app={app} state={state} />}
      {state.dialog === 'camera' && <CameraDialog app={app} />}
      <DropTarget app={app} />
    </>
  );
}

/** Takes files that are dropped or pasted anywhere, and shows that it does. */
function DropTarget({ app }: { readonly app: Playground }) {
  const [over, setOver] = useState(false);
  useLayoutEffect(() => {
    const ending = new AbortController();
    const own = { signal: ending.signal };
    const open = (data: DataTransfer | null): boolean => {
      const files = [...(data?.files ?? [])];
      if (files.length > 0) {
        void app.pictures.openFiles(files);
        return true;
      }
      const url = data?.getData('text/uri-list') ?? '';
      if (!/^https?:/.test(url)) return false;
      void app.pictures.openAddress(url.split(/[\r\n]/)[0]);
      return true;
    };
    addEventListener(
      'dragover',
      (event) => {
        if (!canOpen(event.dataTransfer)) return; // text that is dragged into the prompt
        event.preventDefault();
        setOver(true);
      },
      own,
    );
    addEventListener('dragleave', ({ relatedTarget }) => relatedTarget === null && setOver(false), own);
    addEventListener(
      'drop',
      (event) => {
        setOver(false);
        if (!canOpen(event.dataTransfer)) return;
        event.preventDefault();
        open(event.dataTransfer);
      },
      own,
    );
    addEventListener(
      'paste',
      (event) => {
        if (event.clipboardData?.files.length && open(event.clipboardData)) event.preventDefault();
      },
      own,
    );
    return () => ending.abort();
  }, [app]);
  return over ? <div class="drop-target">{STRINGS.dropHere}</div> : null;
}

/** True for files and links. */
function canOpen(data: DataTransfer | null): boolean {
  return data?.types.some((type) => type === 'Files' || type === 'text/uri-list') ?? false;
}
