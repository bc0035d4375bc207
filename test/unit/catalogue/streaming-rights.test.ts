import { StreamingRights } from '../../../src/catalogue/streaming-rights.service.js';
import type {
  StreamingQuestion,
  StreamingRightsRepository,
} from '../../../src/catalogue/streaming-rights.repository.js';

/** Answers when it is told to; whoever watches `film` may. */
class Answers {
  readonly batches: (readonly StreamingQuestion[])[] = [];
  private readonly open: (() => void)[] = [];

  async findGranted(questions: readonly StreamingQuestion[]): Promise<Set<number>> {
    this.batches.push(questions);
    await new Promise<void>((resolve) => this.open.push(resolve));
    if (questions.some(({ videoId }) => videoId === 'broken')) throw new Error('no database');
    return new Set([...questions.keys()].filter((at) => questions[at]?.videoId === 'film'));
  }

  /** Lets the statements end that are under way, and those that follow begin. */
  async answer(): Promise<void> {
    for (const end of this.open.splice(0)) end();
    await turn();
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

let answers: Answers;
let rights: StreamingRights;

beforeEach(() => {
  answers = new Answers();
  rights = new StreamingRights(answers as unknown as StreamingRightsRepository);
});

const ask = (videoId: string, viewerId = 'anna') => rights.isGranted({ videoId, viewerId });

test('questions that come together are asked together, each with its own answer', async () => {
  const asked = Promise.all([ask('film'), ask('secret'), ask('film', 'ben')]);
  await turn();
  expect(answers.batches.map(({ length }) => length)).toEqual([3]);
  await answers.answer();
  expect(await asked).toEqual([true, false, true]);
});

test('a question never shares a statement that was under way before it', async () => {
  const asked = [ask('film')];
  await turn();
  asked.push(ask('film'));
  await turn();
  expect(answers.batches.map(({ length }) => length)).toEqual([1, 1]);
  await answers.answer();
  expect(await Promise.all(asked)).toEqual([true, true]);
});

test('many segments for the same viewer are one question', async () => {
  const asked = Promise.all([ask('film'), ask('film'), ask('film')]);
  await turn();
  expect(answers.batches.map(({ length }) => length)).toEqual([1]);
  await answers.answer();
  expect(await asked).toEqual([true, true, true]);
});

test('when the database is away everybody is told, and the next question is asked again', async () => {
  const asked = Promise.allSettled([ask('broken'), ask('film')]);
  await turn();
  await answers.answer();
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = ask('film');
  await turn();
  await answers.answer();
  expect(await again).toBe(true);
});
