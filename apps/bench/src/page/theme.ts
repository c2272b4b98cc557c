import { byId } from './dom.ts';

const KEY = 'glip-wgpu-bench.theme';

/** Light, dark or system colors; the choice is remembered. */
export function connectTheme(): void {
  const select = byId<HTMLSelectElement>('theme');
  const apply = (): void => {
    document.documentElement.style.colorScheme = select.value;
  };
  select.value = remembered() ?? 'light dark';
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  apply();
  select.addEventListener('change', () => {
    apply();
    try {
      localStorage.setItem(KEY, select.value);
    } catch {
      // Storage is full or forbidden: the choice holds while the page is open.
    }
  });
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
