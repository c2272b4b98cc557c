import { render } from 'preact';
import { App } from './app.tsx';
import { applyTheme, readTheme } from './panels/theme.ts';
import { keepForOffline } from './state/keep-for-offline.ts';
import { Playground } from './state/playground.ts';
import './style/tokens.css';
import './style/page.css';
import './style/stage.css';
import './style/panels.css';

applyTheme(readTheme());
const app = new Playground(location.hash);
addEventListener('hashchange', () => app.readAddress(location.hash));
// In tasks of their own, so that they and the evaluation of the modules block a phone one after the other.
setTimeout(() => {
  render(<App app={app} />, document.getElementById('app') as HTMLElement);
  setTimeout(() => {
    void app.start();
    if (import.meta.env.PROD) void keepForOffline();
  });
});
Object.assign(globalThis, { playground: app }); // for the console, and for the tests that drive this page
