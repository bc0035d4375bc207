import { useEffect, useState } from 'react';

import { Icon } from './icon';

interface SearchBoxProps {
  value: string;
  onSearch: (value: string) => void;
}

/** Searches while one types, once the typing pauses. */
export function SearchBox({ value, onSearch }: SearchBoxProps) {
  const [typed, setTyped] = useState(value);

  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onSearch(typed.trim()), 350);
    return () => clearTimeout(timer);
  }, [typed, value, onSearch]);

  return (
    <form
      className="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(typed.trim());
      }}
    >
      <Icon name="search" />
      <input
        type="search"
        aria-label="Search titles and descriptions"
        placeholder="Search titles and descriptions"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </form>
  );
}
