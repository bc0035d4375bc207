import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app.js';
import { addGenres, addVideo, emptyCatalogue } from '../support/catalogue.js';
import { makePerson, type Person } from '../support/people.js';

let app: TestApp;
let ada: Person;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api' });
  ada = await makePerson(app);
});
afterAll(() => app.close());
afterEach(() => emptyCatalogue(app));

async function found(search: string, rest = ''): Promise<string[]> {
  const { status, body } = await ada.client.get(
    `videos?search=${encodeURIComponent(search)}${rest}`,
  );
  expect([search, status]).toEqual([search, 200]);
  return (body.videos as { title: string }[]).map(({ title }) => title);
}

test('a title counts more than a description, and that more than tags', async () => {
  await addVideo(app, ada.id, { title: 'Tagged', tags: ['glacier'] });
  await addVideo(app, ada.id, { title: 'Glacier' });
  await addVideo(app, ada.id, { title: 'Described', description: 'A glacier from the air.' });
  await addVideo(app, ada.id, { title: 'The long way to the last glacier of the land' });
  const ranked = ['Glacier', 'The long way to the last glacier of the land', 'Described', 'Tagged'];
  expect(await found('glacier')).toEqual(ranked);
  expect(await found('glacier', '&sort_by=relevance&sort_order=asc')).toEqual(ranked.toReversed());
  expect((await found('glacier', '&sort_by=title'))[0]).toBe(ranked[1]);
});

test.each([
  ['mountain', 'Climbing Mountains'],
  ['mountains', 'The Mountain'],
  ['climbed', 'Climbing alone'],
  ['Häuser', 'Das Haus am See'],
  ['haus', 'Alte Häuser'],
  ['kindern', 'Die Kinder'],
  ['Strasse', 'Die Straße'],
  ['koln', 'A Night in Köln'],
  ['KÖLN', 'A Night in Köln'],
  ['cafe', 'Café Central'],
  ['café', 'Cafe Central'],
  ['moun', 'The Mountain'],
  ['night kö', 'A Night in Köln'],
  ['in the night', 'Night'],
  ['in the nig', 'Night'],
  ['night over old köl', 'A Night over the Roofs of Old Köln'],
  ['the who', 'The Who'],
  ['tide water', 'Tide-Water'],
  ['snake case', 'snake_case'],
  ['Война', 'Война и мир'],
  ['東京', '東京 物語'],
])('%s finds %s', async (search, title) => {
  await addVideo(app, ada.id, { title });
  await addVideo(app, ada.id, { title: 'Something else' });
  expect(await found(search)).toEqual([title]);
});

test.each([
  ['mountian', 'The Mountain'],
  ['glaceir', 'Glacier'],
  ['tidewatter', 'Tidewater'],
  ['tidwater', 'Tidewater'],
  ['mountian lake', 'Mountain Lake'],
  ['wäldr', 'Im Wald der Wälder'],
])('%s, which is misspelt, finds %s', async (search, title) => {
  await addVideo(app, ada.id, { title });
  await addVideo(app, ada.id, { title: 'Something else' });
  expect(await found(search)).toEqual([title]);
  expect(await found(search, '&sort_by=created_at')).toEqual([title]);
});

test('all words have to be there, and filters hold', async () => {
  await addGenres(app, 'nature');
  await addVideo(app, ada.id, { title: 'Red Sea', genres: ['nature'] });
  await addVideo(app, ada.id, { title: 'Red Planet' });
  await addVideo(app, ada.id, { title: 'Blue', description: 'The sea, which is not red.' });
  expect(await found('red sea')).toEqual(['Red Sea', 'Blue']);
  expect(await found('red', '&genre=nature')).toEqual(['Red Sea']);
  expect(await found('planett', '&genre=nature')).toEqual([]);
});

test('where enough is found, nothing that only looks alike is', async () => {
  for (let number = 0; number < 5; number += 1) await addVideo(app, ada.id, { title: 'Planet' });
  await addVideo(app, ada.id, { title: 'Planer' });
  expect(await found('planet')).toEqual(Array.from({ length: 5 }, () => 'Planet'));
});

test('a search for a whole title finds nothing that only looks alike, as it is not misspelt', async () => {
  await addVideo(app, ada.id, { title: 'The Planet!' });
  await addVideo(app, ada.id, { title: 'The Planer' });
  expect(await found('planet')).toEqual(['The Planet!', 'The Planer']);
  expect(await found('the planet')).toEqual(['The Planet!']);
});

test('of hundreds of matches, those with the words in their titles come first', async () => {
  await addGenres(app, 'nature');
  for (let number = 0; number < 400; number += 1) {
    const genres = number % 10 === 0 ? ['nature'] : [];
    await addVideo(app, ada.id, { title: `Part ${number}`, description: 'Of the sea.', genres });
  }
  await addVideo(app, ada.id, { title: 'The Sea', genres: ['nature'] });
  await addVideo(app, ada.id, { title: 'Sea' });
  expect((await found('sea')).slice(0, 3)).toEqual([
    'Sea',
    'The Sea',
    expect.stringMatching(/^Part/),
  ]);
  expect((await found('sea', '&sort_by=created_at')).slice(0, 2)).toEqual(['Sea', 'The Sea']);

  const { body: all } = await ada.client.get('videos?search=sea');
  expect(all).toMatchObject({ total_is_exact: false, has_more: true });
  const { body: some } = await ada.client.get('videos?search=sea&genre=nature&page_size=50');
  expect(some).toMatchObject({ total_count: 41, total_is_exact: true });
  expect(some.videos[0].title).toBe('The Sea');
});

test('of hundreds of beginnings, those that are the whole word are not left out, and come first', async () => {
  const add = (title: string, word: string) => {
    return addVideo(app, ada.id, { title, description: `Beside the ${word}.` });
  };
  const whole = ['Tide 1', 'Tide 2', 'Tide 3'];
  for (const title of whole) await add(title, 'sea');
  for (let number = 0; number < 600; number += 1) await add(`Part ${number}`, 'seashore');
  for (const title of ['Tide 4', 'Tide 5']) await add(title, 'sea');
  expect((await found('sea')).slice(0, 5).sort()).toEqual([...whole, 'Tide 4', 'Tide 5']);
  expect((await found('beside the sea')).slice(0, 5).sort()).toEqual([
    ...whole,
    'Tide 4',
    'Tide 5',
  ]);
  expect(await found('sea', '&page_size=50')).toHaveLength(50);
});

test('a search finds what has all its words, however many, and begins a word with the last', async () => {
  const vocabulary = ['kabu', 'kabuto', 'lomi', 'lomira', 'zent', 'zentor', 'the'];
  const described: { title: string; words: string[] }[] = [];
  for (let number = 0; number < 49; number += 1) {
    const words = vocabulary.filter((_, place) => ((number * 37) >> place) % 2 === 1);
    described.push({ title: `${number}`, words });
    await addVideo(app, ada.id, { title: `${number}`, description: words.join(' ') });
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...vocabulary), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 3, max: 6 }),
      async (words, letters) => {
        const last = words.at(-1)?.slice(0, letters) ?? '';
        const asked = [...words.slice(0, -1), last];
        const isAsked = asked.map(
          (word) => word !== 'the' || asked.every((other) => other === 'the'),
        );
        const fits = (own: readonly string[]) => {
          return asked.every((word, place) => {
            const isLast = place === asked.length - 1;
            return (
              !isAsked[place] || own.some((one) => (isLast ? one.startsWith(word) : one === word))
            );
          });
        };
        const expected = described.filter((video) => fits(video.words)).map(({ title }) => title);
        const search = asked.join(' ');
        expect([search, (await found(search, '&page_size=50')).sort()]).toEqual([
          search,
          expected.sort(),
        ]);
      },
    ),
    { numRuns: 60 },
  );
});

test('signs that titles may have are no operators, and operators are refused', async () => {
  await addVideo(app, ada.id, { title: 'Sea' });
  for (const search of ['sea & !sky', '"sea"', "'sea'", '(sea', 'sea | sea', 'sea\\', '%sea%']) {
    expect([search, await found(search)]).toEqual([search, search.includes('sky') ? [] : ['Sea']]);
  }
  for (const search of [
    '%',
    '_',
    '*',
    ':*',
    '&|!',
    "'",
    '"',
    '\\',
    '🎬',
    'sea\0',
    '   ',
    '<->',
    '()',
    'sea:*',
    'sea <-> sea',
    'sea <2> sea',
    'sea && sea',
    'sea || sea',
  ]) {
    const { status, body } = await ada.client.get(`videos?search=${encodeURIComponent(search)}`);
    expect([search, status, body.errors?.[0]?.field]).toEqual([search, 400, 'search']);
  }
});

test('whatever has a letter or a digit can be searched for', async () => {
  await addVideo(app, ada.id, { title: 'Sea' });
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
      fc.constantFrom('', '&sort_by=title', '&mine=true'),
      async (search, rest) => {
        fc.pre(search.length <= 200 && /[\p{L}\p{N}]/u.test(search) && !search.includes('\0'));
        fc.pre(!/<(-|\d+)>|:\*|&&|\|\|/.test(search));
        await found(search, rest);
      },
    ),
    { numRuns: 150 },
  );
});

test('a change is found at once', async () => {
  const id = await addVideo(app, ada.id, { title: 'Before' });
  expect(await found('before')).toEqual(['Before']);
  await ada.client.send('PATCH', `videos/${id}`, { title: 'Hereafter', tags: ['late'] });
  expect(await found('before')).toEqual([]);
  expect(await found('hereafter')).toEqual(['Hereafter']);
  expect(await found('late')).toEqual(['Hereafter']);
});
