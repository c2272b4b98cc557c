const PATHS = {
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  fit: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  eye: 'M2.5 12s3.5-6.5 9.5-6.5S21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 2.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z',
  open: 'M12 16V4m0 0L7.5 8.5M12 4l4.500 4.500M4 15v4a1.500 1.500 0 0 0 1.500 1.500h13A1.500 1.500 0 0 0 20 19v-4',
  link: 'M10 14a4 4 0 0 0 5.700 0l3.300-3.300a4 4 0 0 0-5.700-5.700L12 6.300M14 10a4 4 0 0 0-5.700 0L5 13.300a4 4 0 0 0 5.700 5.700l1.300-1.300',
  camera:
    'M4 8h3l1.600-2.500h6.800L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Zm8 9a3.700 3.700 0 1 0 0-7.400 3.700 3.700 0 0 0 0 7.400Z',
  close: 'M6 6l12 12M18 6 6 18',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  code: 'm8.500 7-5 5 5 5M15.500 7l5 5-5 5',
  model: 'M12 3 4 7.500v9L12 21l8-4.500v-9L12 3Zm0 0v18M4 7.500l8 4.500 8-4.500',
  warning: 'M12 4 2.800 19.500h18.400L12 4Zm0 6v4.500m0 2.500v.01',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5m0-8.500v.01',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign; the button around it has its name. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
