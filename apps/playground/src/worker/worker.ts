import { fetchPicture } from './fetch-picture.ts';
import type { CallName, Calls, FromWorker, GroundAnswer, ToWorker, WorkerError } from './messages.ts';
import { ModelHost } from './model-host.ts';
import { removeModel } from './model-store.ts';

// Everything that takes long: the model, its downloads, decoding. The page's own thread never waits for it.

const send = (message: FromWorker, transfer: Transferable[] = []): void => postMessage(message, { transfer });
const host = new ModelHost((device) => send({ device }));
const running = new Map<number, AbortController>();

interface Context {
  readonly signal: AbortSignal;
  readonly emit: (event: unknown) => void;
}

type Answers = {
  readonly [N in CallName]: (request: Calls[N]['request'], own: Context) => Promise<Calls[N]['answer']>;
};

const ANSWERS: Answers = {
  load: ({ choice }, { signal, emit }) => host.load(choice, emit, signal),
  ground: (request, { signal, emit }) => host.ground(request, emit, signal),
  explain: (request, { signal, emit }) => host.explain(request, emit, signal),
  fetch: ({ url }, { signal }) => fetchPicture(url, signal),
  estimate: (request, { signal }) => host.estimate(request, signal),
  teach: (request, { signal, emit }) => host.teach(request, emit, signal),
  adapt: ({ file }) => host.adapt(file),
  remove: ({ name }) => removeModel(name),
};

addEventListener('message', async ({ data }: MessageEvent<ToWorker>) => {
  if ('abort' in data) {
    running.get(data.abort)?.abort(new DOMException('superseded', 'AbortError'));
    return;
  }
  const { id, name, request } = data;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const own = { signal: controller.signal, emit: (event: unknown) => send({ id, event }) };
    const answer = await (ANSWERS[name] as (request: unknown, own: Context) => Promise<unknown>)(
      request,
      own,
    );
    send({ id, answer }, transferable(name, answer));
  } catch (error) {
    send({ id, error: plain(error) });
  } finally {
    running.delete(id);
  }
});

/** Maps are large, and frames cannot be copied cheaply: both move to the page. */
function transferable(name: CallName, answer: unknown): Transferable[] {
  if (name === 'explain') return buffersOf(answer as Calls['explain']['answer']);
  if (name !== 'ground') return [];
  const { grounding, frame } = answer as GroundAnswer;
  const maps = grounding.scoreMaps?.flatMap(({ levels }) => levels.map(({ scores }) => scores.buffer)) ?? [];
  return [...new Set(maps as ArrayBuffer[]), ...(frame ? [frame] : [])];
}

function buffersOf({ passes }: Calls['explain']['answer']): ArrayBuffer[] {
  const arrays = passes.flatMap(({ stages }) =>
    stages.flatMap(({ attention, sampling }) => [
      ...(attention ? [attention.textToImage, attention.imageToText] : []).flatMap(({ levels }) =>
        levels.map(({ scores }) => scores),
      ),
      ...sampling.levels.map(({ samples }) => samples),
    ]),
  );
  return [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))];
}

function plain(error: unknown): WorkerError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  return { name, message, ...('reason' in error && { reason: String(error.reason) }) };
}
