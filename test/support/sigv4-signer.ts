import { request as httpRequest } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Answer } from './client.js';

/** What a service signs with. */
export interface KeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A request before it is signed. */
export interface Call {
  method: string;
  /** Percent-encoded, from the root. */
  path: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
}

/** A request as it goes over the wire. */
export interface WireRequest {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string | undefined;
}

interface Signing {
  keys: KeyPair;
  /** The host that is signed. */
  host: string;
  at?: Date;
  region?: string;
  service?: string;
  unsignable?: string[];
}

/** Signs in the header, with the signer of the AWS SDK. */
export async function signInHeader(call: Call, signing: Signing): Promise<WireRequest> {
  const { at, unsignable } = signing;
  const signed = await signerOf(signing).sign(sdkRequest(call, signing.host), {
    ...(at ? { signingDate: at } : {}),
    ...(unsignable ? { unsignableHeaders: new Set(unsignable) } : {}),
  });
  return wired(call, signed);
}

/** Signs in the query, with the same signer. */
export async function signInQuery(
  call: Call,
  { expiresIn = 60, ...signing }: Signing & { expiresIn?: number },
): Promise<WireRequest> {
  const { at, unsignable } = signing;
  const signed = await signerOf(signing).presign(sdkRequest(call, signing.host), {
    expiresIn,
    ...(at ? { signingDate: at } : {}),
    ...(unsignable ? { unsignableHeaders: new Set(unsignable) } : {}),
  });
  return wired(call, signed);
}

/** Sends a request as it is: nothing is normalised, added or left out. */
export async function sendRaw(origin: string, request: WireRequest): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const { method, target: path, headers, body } = request;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = (response.headers['content-type'] ?? '').includes('json');
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(),
          body: isJson && text !== '' ? JSON.parse(text) : text,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A query as it stands in an address. */
function queryOf(query: Record<string, string | string[] | null>): string {
  return Object.entries(query)
    .flatMap(([name, values]) => [values ?? ''].flat().map((value) => [name, value] as const))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

function signerOf({ keys, region = 'us-east-1', service = 'execute-api' }: Signing): SignatureV4 {
  return new SignatureV4({ credentials: keys, region, service, sha256: Sha256 });
}

function sdkRequest({ method, path, query = {}, headers = {}, body }: Call, host: string) {
  return {
    ...{ method, path, query, protocol: 'http:', hostname: host },
    headers: { host, ...headers },
    ...(body === undefined ? {} : { body }),
  };
}

function wired(
  { method, path, body }: Call,
  signed: { query?: Record<string, string | string[] | null>; headers: Record<string, string> },
): WireRequest {
  const query = queryOf(signed.query ?? {});
  const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const target = query === '' ? path : `${path}?${query}`;
  return { method, target, headers: { ...signed.headers, ...length }, body };
}
