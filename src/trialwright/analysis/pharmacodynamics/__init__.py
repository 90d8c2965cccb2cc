"""What the cells do: B-cell depletion and recovery, autoantibodies, complement."""
