import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { VideoListQuerySchema } from '../../src/catalogue/listing/listing.dto.js';
import { ListingRepository } from '../../src/catalogue/listing/listing.repository.js';
import { EVERYBODY } from '../../src/catalogue/listing/scope.js';
import { SearchRepository } from '../../src/catalogue/listing/search.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { addGenres, addVideo, emptyCatalogue } from '../support/catalogue.js';
import { Client } from '../support/client.js';
import { makePerson, type Person } from '../support/people.js';

let app: TestApp;
let ada: Person;
let bob: Person;
let staff: Person;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api' });
  ada = await makePerson(app);
  bob = await makePerson(app);
  staff = await makePerson(app, { role: 'staff' });
});
afterAll(() => app.close());
afterEach(() => emptyCatalogue(app));

async function page(query: string, { client }: Person = ada) {
  const { status, body } = await client.get(`videos?${query}`);
  expect([query, status]).toEqual([query, 200]);
  return body;
}

async function titles(query: string, person: Person = ada): Promise<string[]> {
  return titlesOf(await page(query, person));
}

function titlesOf({ videos }: { videos: { title: string }[] }): string[] {
  return videos.map(({ title }) => title);
}

/** All of a list, from one cursor to the next. */
async function walk(query: string, size: number, person: Person = ada): Promise<string[]> {
  let body = await page(`${query}&page_size=${size}`, person);
  const found = titlesOf(body);
  while (body.next_cursor !== null) {
    expect(body.has_more).toBe(true);
    body = await page(`${query}&page_size=${size}&cursor=${body.next_cursor}`, person);
    expect(body).toMatchObject({ page: null, total_count: null, total_pages: null });
    expect(body.videos.length).toBeGreaterThan(0);
    found.push(...titlesOf(body));
  }
  expect(body.has_more).toBe(false);
  return found;
}

describe('filters', () => {
  test('by tag, uploader and series', async () => {
    await addVideo(app, ada.id, { title: 'Sea', tags: ['calm', 'sea'] });
    await addVideo(app, bob.id, { title: 'Storm', tags: ['sea'] });
    await addVideo(app, bob.id, { title: 'Hill' });
    expect(await titles('tag=sea&sort_order=asc')).toEqual(['Sea', 'Storm']);
    expect(await titles('tag=calm')).toEqual(['Sea']);
    expect(await titles('tag=Sea')).toEqual([]);
    expect(await titles(`uploaded_by=${bob.id}&sort_order=asc`)).toEqual(['Storm', 'Hill']);
    expect(await titles(`uploaded_by=${bob.id}&tag=sea`)).toEqual(['Storm']);
    expect(await titles(`uploaded_by=${randomUUID()}`)).toEqual([]);
    expect(await titles(`series=${randomUUID()}`)).toEqual([]);
  });

  test('by when a video was uploaded or changed', async () => {
    const changed = { createdAt: '2026-01-01T12:00:00Z', updatedAt: '2026-03-01T12:00:00Z' };
    await addVideo(app, ada.id, { title: 'Old' }, { createdAt: '2026-01-01T12:00:00Z' });
    await addVideo(app, ada.id, { title: 'Changed' }, changed);
    await addVideo(app, ada.id, { title: 'New' }, { createdAt: '2026-02-01T12:00:00Z' });
    expect(await titles('uploaded_after=2026-01-31')).toEqual(['New']);
    expect(await titles('uploaded_after=2026-02-01T12:00:00Z')).toEqual(['New']);
    expect(await titles('uploaded_after=2026-02-01T13:00:00%2B01:00')).toEqual(['New']);
    expect(await titles('uploaded_after=2026-02-01T12:00:01Z')).toEqual([]);
    expect(await titles('updated_after=2026-02-02')).toEqual(['Changed']);
    expect(await titles('updated_after=2026-01-15&sort_by=updated_at')).toEqual(['Changed', 'New']);
    expect(await titles('uploaded_after=2026-01-15&updated_after=2026-02-02')).toEqual([]);
  });

  test('show of what is not public only one’s own, and staff everybody’s', async () => {
    for (const [owner, name] of [
      [ada, 'ada'],
      [bob, 'bob'],
    ] as const) {
      await addVideo(app, owner.id, { title: `${name} public` });
      for (const visibility of ['UNLISTED', 'PRIVATE'] as const) {
        await addVideo(app, owner.id, { title: `${name} ${visibility}`, visibility });
      }
      await addVideo(app, owner.id, { title: `${name} failed` }, { status: 'failed' });
    }
    const seen = async (query: string, person: Person) => (await titles(query, person)).toSorted();
    for (const person of [ada, bob, staff]) {
      expect(await seen('', person)).toEqual(['ada public', 'bob public']);
      expect(await seen('visibility=PUBLIC', person)).toEqual(['ada public', 'bob public']);
    }
    expect(await seen('visibility=PRIVATE', ada)).toEqual(['ada PRIVATE']);
    expect(await seen('visibility=UNLISTED', bob)).toEqual(['bob UNLISTED']);
    expect(await seen('visibility=PRIVATE', staff)).toEqual(['ada PRIVATE', 'bob PRIVATE']);
    expect(await seen('status=failed', ada)).toEqual(['ada failed']);
    expect(await seen('status=failed', staff)).toEqual(['ada failed', 'bob failed']);
    expect(await seen(`visibility=PRIVATE&uploaded_by=${bob.id}`, ada)).toEqual([]);
    expect(await seen(`uploaded_by=${bob.id}`, ada)).toEqual(['bob public']);
    expect(await seen('search=private', ada)).toEqual([]);
    expect(await seen('mine=true&visibility=PRIVATE', ada)).toEqual(['ada PRIVATE']);
    expect(await seen('mine=true&search=private', ada)).toEqual(['ada PRIVATE']);
  });
});

describe('what a filter leaves is counted', () => {
  /** Of a catalogue that is large, whatever is in it. */
  class LargeCatalogue extends ListingRepository {
    protected override isSmall(): Promise<boolean> {
      return Promise.resolve(false);
    }
  }

  test('as far as that is cheap, and exactly on its last page', async () => {
    for (let added = 0; added < 1002; added += 6) {
      await Promise.all(Array.from({ length: 6 }, () => addVideo(app, ada.id, { tags: ['wide'] })));
    }
    const told = async (number: number) => {
      const { total_count: count, total_is_exact: isExact } = await page(`tag=wide&page=${number}`);
      return { count, isExact };
    };
    expect(await told(1)).toEqual({ count: 1000, isExact: false });
    expect(await told(51)).toEqual({ count: 1002, isExact: true });
    expect(await told(52)).toEqual({ count: 1000, isExact: false });
    const large = new LargeCatalogue(app.app.get(DataSource), app.app.get(SearchRepository));
    const inLarge = async (number: number) => {
      const query = VideoListQuerySchema.parse({ tag: 'wide', page: String(number) });
      return (await large.findPage(EVERYBODY, query)).total;
    };
    expect(await inLarge(1)).toEqual({ count: 100, isExact: false });
    expect(await inLarge(51)).toEqual({ count: 1002, isExact: true });
    expect(await inLarge(52)).toEqual({ count: 100, isExact: false });
  }, 120_000);
});

describe('orders', () => {
  test('by views and rating; what nobody has rated comes last', async () => {
    await addVideo(app, ada.id, { title: 'Good' }, { views: 5, stars: [5, 4] });
    await addVideo(app, ada.id, { title: 'Bad' }, { views: 900, stars: [1] });
    await addVideo(app, ada.id, { title: 'Unknown' }, { views: 7 });
    expect(await titles('sort_by=views')).toEqual(['Bad', 'Unknown', 'Good']);
    expect(await titles('sort_by=views&sort_order=asc')).toEqual(['Good', 'Unknown', 'Bad']);
    expect(await titles('sort_by=rating')).toEqual(['Good', 'Bad', 'Unknown']);
    expect(await titles('sort_by=rating&sort_order=asc')).toEqual(['Bad', 'Good', 'Unknown']);
    const { videos } = await page('sort_by=rating');
    expect(videos[0]).toMatchObject({ views: 5, likes: 0, rating: 4.5, series: null });
    expect(videos[2]).toMatchObject({ views: 7, rating: null });
  });
});

describe('cursors', () => {
  const sorts = ['created_at', 'updated_at', 'title', 'duration', 'views', 'rating'] as const;

  test('walk any list exactly as one large page shows it', async () => {
    await addGenres(app, 'nature', 'space');
    const words = ['sea', 'Sea', 'mountain', 'Berg', 'lake'];
    for (let number = 0; number < 40; number += 1) {
      await addVideo(
        app,
        number % 3 === 0 ? bob.id : ada.id,
        {
          title: `${words[number % 5] ?? ''} ${number % 4}`,
          description: number % 2 === 0 ? 'by the sea' : '',
          language: number % 2 === 0 ? 'en' : 'de',
          tags: number % 3 === 0 ? ['wide'] : [],
          visibility: number % 10 === 9 ? 'PRIVATE' : 'PUBLIC',
          genres: number % 4 === 0 ? ['nature', 'space'] : ['space'],
        },
        {
          createdAt: `2026-01-0${1 + (number % 4)}T00:00:00.00000${number % 7}Z`,
          durationSeconds: number % 6 === 0 ? null : number % 5,
          views: number % 3,
          stars: number % 4 === 0 ? [] : [1 + (number % 5)],
        },
      );
    }
    const filters = fc.record(
      {
        genre: fc.constantFrom('nature', 'space'),
        language: fc.constantFrom('en', 'de'),
        tag: fc.constant('wide'),
        search: fc.constantFrom('sea', 'berg', 'mountian', 'sea 1'),
        mine: fc.constantFrom('true', 'false'),
        status: fc.constant('ready'),
        uploaded_after: fc.constantFrom('2026-01-02', '2026-01-03'),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.constantFrom(...sorts, undefined),
        fc.constantFrom('asc', 'desc'),
        fc.integer({ min: 1, max: 12 }),
        async (filter, sortBy, order, size) => {
          const query = new URLSearchParams({ ...filter, sort_order: order });
          if (sortBy) query.set('sort_by', sortBy);
          const whole = await page(`${query.toString()}&page_size=50`);
          expect(await walk(query.toString(), size)).toEqual(titlesOf(whole));
          expect(whole.total_count).toBe(whole.videos.length);
          expect(whole).toMatchObject({ total_is_exact: true, next_cursor: null });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('lose nothing and show nothing twice while videos are added', async () => {
    for (const title of ['1', '2', '3', '4']) await addVideo(app, ada.id, { title });
    const first = await page('page_size=2');
    await addVideo(app, ada.id, { title: '5' });
    const second = await page(`page_size=2&cursor=${first.next_cursor}`);
    expect([titlesOf(first), titlesOf(second)]).toEqual([
      ['4', '3'],
      ['2', '1'],
    ]);
  });

  test('are good for nobody who sees other videos, and for no other query', async () => {
    for (let number = 0; number < 3; number += 1) {
      await addVideo(app, ada.id, { visibility: 'PRIVATE' });
      await addVideo(app, bob.id, { visibility: 'PRIVATE' });
      await addVideo(app, ada.id);
    }
    const refused = async (query: string, person: Person) => {
      const { status, body } = await person.client.get(`videos?page_size=1&${query}`);
      expect([query, status, body.code]).toEqual([query, 400, 'request.invalid']);
      expect(body.errors).toEqual([{ field: 'cursor', message: expect.any(String) }]);
    };
    const { next_cursor: own } = await page('mine=true&page_size=1');
    await refused(`mine=true&cursor=${own}`, bob);
    const { next_cursor: cursor } = await page('page_size=1');
    for (const query of [
      'sort_order=asc',
      'sort_by=title',
      'status=ready',
      'search=film',
      'mine=true',
    ]) {
      await refused(`${query}&cursor=${cursor}`, ada);
    }
    await refused('cursor=bm90aGluZw', ada);
    await refused(`cursor=${cursor}A`, ada);
    // One of a list that is the same for everybody is, however many it shows at a time.
    expect(await titles(`page_size=2&cursor=${cursor}`, bob)).toHaveLength(2);
  });
});

describe('bad input', () => {
  test.each([
    ['sort_by=size', 'sort_by'],
    ['sort_by=relevance', 'sort_by'],
    ['sort_order=up', 'sort_order'],
    ['page=0', 'page'],
    ['page=-1', 'page'],
    ['page=one', 'page'],
    ['page=100001', 'page'],
    ['page=1000&page_size=11', 'page'],
    ['page_size=51', 'page_size'],
    ['page_size=0', 'page_size'],
    ['cursor=', 'cursor'],
    ['cursor=x', 'cursor'],
    [`cursor=${'x'.repeat(3000)}`, 'cursor'],
    ['page=1&cursor=x', 'page'],
    [`search=${'a'.repeat(10_000)}`, 'search'],
    ['genre=%00', 'genre'],
    ['tag=%00', 'tag'],
    ['language=%00', 'language'],
    ['uploaded_by=ada', 'uploaded_by'],
    ['series=1', 'series'],
    ['uploaded_after=yesterday', 'uploaded_after'],
    ['uploaded_after=2026-02-30', 'uploaded_after'],
    ['updated_after=0000-01-01', 'updated_after'],
    ['visibility=public', 'visibility'],
    ['status=done', 'status'],
    ['mine=yes', 'mine'],
    ['limit=5', 'limit'],
  ])('?%s is answered with 400 and the name of the field', async (query, field) => {
    const { status, body } = await ada.client.get(`videos?${query}`);
    expect([status, body.code]).toEqual([400, 'request.invalid']);
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  test.each([
    ['videos/1', 'id'],
    ['videos/1/related', 'id'],
    ['videos/recent?exclude_id=1', 'exclude_id'],
    ['videos/recent?limit=51', 'limit'],
    ['videos/by-genre?limit=0', 'limit'],
    ['videos/trending?limit=x', 'limit'],
    ['series/1', 'id'],
  ])('%s is answered with 400 and the name of the field', async (url, field) => {
    const { status, body } = await ada.client.get(url);
    expect([status, body.errors[0].field]).toEqual([400, field]);
  });

  test('nobody browses without signing in', async () => {
    const anybody = new Client(app.origin);
    for (const url of ['videos', 'videos/recent', 'videos/by-genre', 'videos/trending', 'series']) {
      expect([url, (await anybody.get(url)).status]).toEqual([url, 401]);
    }
  });
});
