import { byId } from './dom.ts';

const KEY = 'glip-wgpu-bench.theme';

/** Light, dark, or as the system: remembered. */
export function connectTheme(): void {
  const select = byId<HTMLSelectElement>('theme');
  const apply = (): void => {
    document.documentElement.style.colorScheme = select.value;
  };
  select.value = localStorage.getItem(KEY) ?? 'light dark';
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  apply();
  select.addEventListener('change', () => {
    localStorage.setItem(KEY, select.value);
    apply();
  });
}
