import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { DomainError, type FieldError } from './domain-error.js';

type Schema = NonNullable<ArgumentMetadata['schema']>;
type Issues = NonNullable<Awaited<ReturnType<Schema['~standard']['validate']>>['issues']>;

/** Checks every body, query and parameter against its schema; each wrong field is named. */
export class ValidationPipe implements PipeTransform {
  /** @throws DomainError `request.invalid` */
  async transform(value: unknown, { schema, type, data }: ArgumentMetadata): Promise<unknown> {
    if (!schema || type === 'custom') return value;
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    throw new DomainError(
      'request.invalid',
      'One or more fields are wrong.',
      result.issues.flatMap((issue) => fieldErrors(issue, data ?? type)),
    );
  }
}

/** @param whole name of what was validated, for an issue that is about no field of it */
function fieldErrors(issue: Issues[number], whole: string): FieldError[] {
  const segments = (issue.path ?? []).map(segmentName);
  // Zod names the fields it does not know beside the path, which leads to the object they are in.
  const { keys: unknownKeys } = issue as { keys?: readonly string[] };
  if (unknownKeys) {
    return unknownKeys.map((key) => ({
      field: [...segments, key].join('.'),
      message: 'is not a known field',
    }));
  }
  return [{ field: segments.join('.') || whole, message: issue.message }];
}

function segmentName(segment: PropertyKey | { key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
