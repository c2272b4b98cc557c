import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { root, visitPlayground } from './open-page.ts';

// The pictures of the playground in the READMEs: its page as built (`npm run build`), after one search with the shipped model.

const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const GAP = 24; // pixels between the two phones

/** Writes the pictures to `--out`, else to media/. @returns the exit code */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { out: { type: 'string', default: join(root, 'media') } } });
  const place = (name: string): string => join(values.out, name);
  await mkdir(values.out, { recursive: true });

  const visit = await visitPlayground();
  try {
    const page = await visit.open();
    await page.waitForFunction(() => document.getElementById('count')?.textContent);
    const take = async (size: typeof PHONE, colorScheme: 'light' | 'dark'): Promise<Buffer> => {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      await page.evaluate(
        () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
      );
      await page.mouse.move(0, 0); // no box is pointed at
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(500); // ms: the transitions of colors
      return page.screenshot();
    };
    const save = (picture: sharp.Sharp, name: string) => picture.png({ palette: true }).toFile(place(name));
    await save(sharp(await take(DESKTOP, 'light')), 'playground.png');
    const phones = [await take(PHONE, 'light'), await take(PHONE, 'dark')];
    const both = sharp({
      create: {
        width: 2 * PHONE.width + GAP,
        height: PHONE.height,
        channels: 4,
        background: { r: 0, g: 0, b: 0, alpha: 0 },
      },
    }).composite(phones.map((input, i) => ({ input, left: i * (PHONE.width + GAP), top: 0 })));
    await save(both, 'playground-phone.png');
    await page.locator('[data-heat="green car"]').click();
    await save(sharp(await take(DESKTOP, 'dark')), 'playground-dark.png');
  } finally {
    await visit.close();
  }
  return 0;
}
