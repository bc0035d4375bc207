import { QueryFailedError } from 'typeorm';
import { databaseFailureOf } from '../../../src/common/database-failure.js';

function told(code: string | undefined, message = '', more: object = {}): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code }, more);
}

test.each([
  ['a server that is not there', told('ECONNREFUSED', '', { syscall: 'connect' })],
  ['a connection that was reset', told('ECONNRESET', '', { syscall: 'read' })],
  ['a connection that ended', told(undefined, 'Connection terminated unexpectedly')],
  ['no free connection in time', told(undefined, 'timeout exceeded when trying to connect')],
  ['a server that stops', told('57P01')],
  ['a server that lost a process', told('57P02')],
  ['a server that starts', told('57P03')],
  ['connections that are all taken', told('53300')],
  ['two transactions in the way of each other', told('40P01')],
])('%s is away, inside a statement or before it', (_, error) => {
  expect(databaseFailureOf(error)).toBe('away');
  expect(databaseFailureOf(new QueryFailedError('SELECT 1', [], error))).toBe('away');
});

test('a name with several addresses is away when the first of them is', () => {
  const first = told('ECONNREFUSED', '', { syscall: 'connect' });
  expect(databaseFailureOf(new AggregateError([first, told('EPERM')]))).toBe('away');
});

test.each([
  ['a statement that is wrong', new QueryFailedError('SELEC', [], told('42601')), undefined],
  ['a key that is there already', new QueryFailedError('INSERT', [], told('23505')), undefined],
  ['a statement that took too long', new QueryFailedError('SELECT', [], told('57014')), undefined],
  ['a request broken off by its client', told('ECONNRESET', 'aborted'), undefined],
  ['a mistake in the program', new TypeError('x is undefined'), undefined],
  ['something thrown that is no error', 'a text', undefined],
  ['a full disk', new QueryFailedError('INSERT', [], told('53100')), 'full'],
  ['the character NUL', new QueryFailedError('INSERT', [], told('22021')), 'unstorable-text'],
])('%s', (_, error, failure) => {
  expect(databaseFailureOf(error)).toBe(failure);
});
