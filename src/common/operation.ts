import { applyDecorators, HttpCode } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiResponse,
  ApiSecurity,
  type OpenAPIObject,
} from '@nestjs/swagger';
import type { z } from 'zod';
import { Access, Throttled, type AccessRule } from './access.js';
import { ERROR_CODES, type ErrorCode } from './error-codes.js';
import { problemOf } from './problem.js';

// The package gives the type of a schema no name of its own.
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** The parts of a form with a file by name, and those that have to be there. */
interface MultipartForm {
  required: string[];
  properties: Schemas;
}

interface OperationOptions {
  /** One line for the API's documentation. */
  summary: string;
  description?: string;
  access: AccessRule;
  /** The multipart form that it takes. */
  form?: MultipartForm;
  /** Success status; 200 unless said otherwise. */
  status?: 200 | 201 | 204;
  /** Shape of the success answer; none for 204. */
  returns?: z.ZodType;
  /** Media type of the success answer where that is a file. */
  returnsFile?: string;
  /** Headers of the success answer, where they are what it says; each with a word about it. */
  headers?: Readonly<Record<string, string>>;
  /** Codes the operation answers with, beside those its access rule and its form bring. */
  errors?: readonly ErrorCode[];
  /** Whether calls are counted and there may be too many of them. */
  throttled?: boolean;
  /** False where no field can be wrong. */
  validates?: boolean;
}

const ERRORS_OF_SESSION = [
  'auth.required',
  'auth.invalid_token',
  'auth.expired_token',
  'auth.session_revoked',
] as const;
const ERRORS_OF_RIGHT = [
  ...ERRORS_OF_SESSION,
  'auth.second_factor_setup_required',
  'auth.forbidden',
] as const;

const ERRORS_OF_RULE: Readonly<Record<AccessRule, readonly ErrorCode[]>> = {
  public: [],
  session: ERRORS_OF_SESSION,
  account: [...ERRORS_OF_SESSION, 'auth.forbidden'],
  'signed-in': [...ERRORS_OF_SESSION, 'auth.second_factor_setup_required'],
  member: ERRORS_OF_RIGHT,
  uploader: ERRORS_OF_RIGHT,
  staff: ERRORS_OF_RIGHT,
  superuser: ERRORS_OF_RIGHT,
  service: [
    'auth.required',
    'auth.malformed_signature',
    'auth.invalid_signature',
    'auth.expired_signature',
    'auth.replayed_signature',
  ],
};

const ERRORS_OF_FORM = [
  'upload.no_file',
  'upload.too_large',
  'upload.interrupted',
  'request.unsupported_media_type',
  'storage.full',
] as const;

const RATE_LIMIT_HEADERS = {
  'RateLimit-Limit': 'How many calls are possible in a minute',
  'RateLimit-Remaining': 'How many of them are left',
  'RateLimit-Reset': 'Seconds until the count begins anew',
} as const;

/** The name under which the API's documentation has the signatures of services. */
export const SIGNATURE_SECURITY = 'signature';

/** The content of a file, in a form or an answer. */
export const FILE = { type: 'string', format: 'binary' } as const;

/** Declares an HTTP operation in one place: who may call it, what it answers, how it fails. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { summary, description, access, form, status = 200, returns, returnsFile } = options;
  const headers = options.throttled
    ? { ...RATE_LIMIT_HEADERS, ...options.headers }
    : options.headers;
  const errors = new Set([
    ...(options.validates === false ? [] : (['request.invalid'] as const)),
    ...ERRORS_OF_RULE[access],
    ...(form ? ERRORS_OF_FORM : []),
    ...(options.throttled ? (['request.too_many'] as const) : []),
    ...(options.errors ?? []),
  ]);
  return applyDecorators(
    Access(access),
    HttpCode(status),
    ApiOperation({
      summary,
      ...(description ? { description } : {}),
      ...(access === 'public' ? { security: [] } : {}),
    }),
    ...(options.throttled ? [Throttled()] : []),
    ...securityOf(access),
    ...(form ? multipartBody(form) : []),
    ApiResponse({
      status,
      description: status === 204 ? 'Done' : 'Success',
      ...(returns ? { standardSchema: returns } : {}),
      ...(headers ? { headers: describedHeaders(headers) } : {}),
      ...(returnsFile ? { content: { [returnsFile]: { schema: FILE } } } : {}),
    }),
    ...problemResponses(errors),
  );
}

function describedHeaders(headers: Readonly<Record<string, string>>) {
  const described = Object.entries(headers).map(([name, description]) => {
    return [name, { description, schema: { type: 'string' as const } }] as const;
  });
  return Object.fromEntries(described);
}

function securityOf(access: AccessRule): MethodDecorator[] {
  if (access === 'public') return [];
  return [access === 'service' ? ApiSecurity(SIGNATURE_SECURITY) : ApiBearerAuth()];
}

function multipartBody(form: MultipartForm): MethodDecorator[] {
  return [ApiConsumes('multipart/form-data'), ApiBody({ schema: { type: 'object', ...form } })];
}

function problemResponses(codes: ReadonlySet<ErrorCode>): MethodDecorator[] {
  const statuses = new Set([...codes].map((code) => ERROR_CODES[code].status));
  return [...statuses].map((status) => {
    const group = [...codes].filter((code) => ERROR_CODES[code].status === status);
    return ApiResponse({
      status,
      description: group.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}`).join('; '),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(group.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    });
  });
}

function exampleOf(code: ErrorCode) {
  return problemOf(code, `${ERROR_CODES[code].title}.`, '4b1f0f0e-6d3c-4b57-9d0c-6f7a2c1d9f11');
}
