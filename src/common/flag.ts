import { z } from 'zod';

/** A flag as text: of a query string, a form or an environment variable. */
export const FlagSchema = z.enum(['true', 'false']).transform((text) => text === 'true');
