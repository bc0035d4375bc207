export function BrowseSkeleton() {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">Loading the library</span>
      <div className="skeleton__hero" />
      {[0, 1].map((row) => (
        <div key={row} className="skeleton__row">
          {[0, 1, 2, 3, 4, 5].map((card) => (
            <div key={card} />
          ))}
        </div>
      ))}
    </div>
  );
}
