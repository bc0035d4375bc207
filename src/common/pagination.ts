import { z } from 'zod';

const pageNumber = (fallback: number, maximum: number) =>
  z.coerce.number().int().min(1).max(maximum).default(fallback);

/** Query fields of every list. */
export const PageQueryShape = {
  page: pageNumber(1, 100_000).meta({ description: 'Page, from 1', example: 1 }),
  page_size: pageNumber(20, 50).meta({ description: 'Entries of a page', example: 20 }),
};

/** Query field of lists that can be searched. */
export const SearchField = z.string().min(1).max(200).optional();

/** Fields that every list's answer has beside its entries. */
export const PageSchemaShape = {
  total_count: z.int().meta({ example: 1 }),
  page: z.int().meta({ example: 1 }),
  page_size: z.int().meta({ example: 20 }),
  total_pages: z.int().meta({ example: 1 }),
  has_more: z.boolean().meta({ example: false }),
};

/** The page fields of an answer. */
export function pageFields(totalCount: number, page: number, pageSize: number) {
  const totalPages = Math.ceil(totalCount / pageSize);
  return {
    total_count: totalCount,
    page,
    page_size: pageSize,
    total_pages: totalPages,
    has_more: page < totalPages,
  };
}
