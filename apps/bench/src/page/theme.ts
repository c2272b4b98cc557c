import { byId } from './dom.ts';

const KEY = 'glip-wgpu-bench.theme';

/** Light, dark, or as the system: remembered. */
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
      // Full or forbidden: the choice holds as long as the page is open.
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
