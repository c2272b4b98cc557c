import type { LabeledImage } from '@glip-wgpu/datasets';
import { useState } from 'preact/hooks';
import { asCommand, asTypeScript } from '../output/code.ts';
import { type ExportFile, exported, FORMATS, type Format, safeName } from '../output/exports.ts';
import { toPng, toSvgFile } from '../output/picture-files.ts';
import type { Playground } from '../state/playground.ts';
import { sceneOf } from '../state/scene.ts';
import type { State } from '../state/state.ts';
import { labeledPictures, type View } from '../state/view.ts';
import { STRINGS } from '../strings.ts';
import { messageOf } from '../text.ts';
import { copyText } from './clipboard.ts';
import { Icon } from './icon.tsx';
import { saveFile } from './save-file.ts';

interface ExportProps {
  readonly app: Playground;
  readonly state: State;
  readonly view: View;
}

/** Downloads of the detections: annotations, drawings, code. */
export function ExportPanel({ app, state, view }: ExportProps) {
  const [all, setAll] = useState(false);
  const [said, setSaid] = useState('');
  const { picture, boxes, labels } = view;
  const pictures = labeledPictures(state);
  if (!picture || (!view.outcome && !view.corrected)) return null;

  const save = async (make: () => ExportFile | Promise<ExportFile>): Promise<void> => {
    try {
      const { name, type, content } = await make();
      saveFile(name, new Blob([content], { type }));
    } catch (error) {
      app.store.set({ notice: { kind: 'error', text: messageOf(error) } });
    }
  };
  const annotations = (format: Format): ExportFile => {
    const { name: file, width, height } = picture;
    const images: LabeledImage[] = all
      ? pictures.map(({ image }) => image)
      : [{ file, width, height, detections: boxes }];
    const used = all ? [...new Set(pictures.flatMap((one) => one.labels))] : labels;
    return exported(format, images, used);
  };
  const drawing = async (kind: 'png' | 'svg'): Promise<ExportFile> => {
    const scene = sceneOf(state, view);
    if (!scene) throw new Error(STRINGS.results.nothingYet);
    const stem = safeName(picture.name).replace(/\.[^.]*$/, '');
    if (kind === 'svg') {
      const content = await toSvgFile(scene, picture.blob);
      return { name: `${stem}-boxes.svg`, type: 'image/svg+xml', content };
    }
    const content = new Uint8Array(await (await toPng(scene, picture.blob)).arrayBuffer());
    return { name: `${stem}-boxes.png`, type: 'image/png', content };
  };
  const copy = async (text: string | undefined): Promise<void> => {
    setSaid(
      text === undefined ? STRINGS.out.noCommand : (await copyText(text)) ? STRINGS.copied : STRINGS.refused,
    );
    setTimeout(() => setSaid(''), 2500);
  };
  return (
    <section class="panel" aria-labelledby="export-title">
      <div class="panel-head">
        <h2 id="export-title">{STRINGS.out.heading}</h2>
        {pictures.length > 1 && (
          <label class="check small">
            <input
              id="export-all"
              type="checkbox"
              checked={all}
              onChange={({ currentTarget }) => setAll(currentTarget.checked)}
            />
            {STRINGS.out.all(pictures.length)}
          </label>
        )}
      </div>
      <div class="row">
        {FORMATS.map((format) => (
          <button
            key={format}
            type="button"
            class="button small"
            data-save={format}
            onClick={() => save(() => annotations(format))}
          >
            {STRINGS.out.formats[format]}
          </button>
        ))}
        {(['png', 'svg'] as const).map((kind) => (
          <button
            key={kind}
            type="button"
            class="button small"
            data-save={kind}
            onClick={() => save(() => drawing(kind))}
          >
            {STRINGS.out.formats[kind]}
          </button>
        ))}
      </div>
      <div class="row">
        <button
          type="button"
          class="link-button"
          id="copy-code"
          onClick={() => copy(asTypeScript(state.settings, labels))}
        >
          <Icon name="code" />
          {STRINGS.out.code}
        </button>
        <button
          type="button"
          class="link-button"
          id="copy-command"
          onClick={() => copy(asCommand(state.settings, safeName(picture.name)))}
        >
          <Icon name="code" />
          {STRINGS.out.command}
        </button>
        <span class="note" aria-live="polite">
          {said}
        </span>
      </div>
    </section>
  );
}
