import { describe, expect, it } from 'vitest';
import { joinList, parseList } from './parse-list.ts';

describe('a list of names', () => {
  it.each([
    ['full stops, as on the command line', 'dog. red car. traffic light.'],
    ['commas', 'dog, red car, traffic light'],
    ['semicolons, bars and line ends', 'dog; red car|\n\n traffic light\r\n'],
    ['all of them', ' dog . red car,traffic light;'],
  ])('is separated by %s', (_, text) => {
    expect(parseList(text)).toEqual(['dog', 'red car', 'traffic light']);
  });

  it('keeps full stops inside of a name, and what is quoted', () => {
    expect(parseList('v1.5 board. "cup, red". "St. Bernard"')).toEqual([
      'v1.5 board',
      'cup, red',
      'St. Bernard',
    ]);
  });

  it('has synonyms of a label after an equals sign', () => {
    expect(parseList('vehicle = car, pickup truck. dog')).toEqual([
      { label: 'vehicle', names: ['car', 'pickup truck'] },
      'dog',
    ]);
    expect(parseList('dog = . = cat. =')).toEqual(['dog', 'cat']);
  });

  it('has each name once', () => {
    expect(parseList('dog. Dog. cat. dog')).toEqual(['dog', 'cat']);
  });

  it('is read back from its text', () => {
    for (const entries of [
      ['dog', 'red car'],
      ['cup, red', { label: 'a', names: ['b', 'c. d'] }],
      ['x = y'],
    ]) {
      expect(parseList(joinList(entries))).toEqual(entries);
    }
  });

  it('of any text is read without an error, in linear time', () => {
    for (const text of [
      '"',
      '""""',
      '="',
      '.',
      '...',
      ',,,',
      '\0',
      '\u202e"',
      '<img src=x onerror=alert(1)>',
    ]) {
      expect(() => parseList(text)).not.toThrow();
    }
    const start = performance.now();
    parseList('"a, '.repeat(25_000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});
