namespace ModelOps.Engine.Tokenization;

/// <summary>What becomes of the delimiters between parts.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>
/// Takes matches and what lies between them, in order, and gives the parts that a behaviour makes of them. A match may be empty: it gives
/// no part, but keeps its neighbours apart.
/// </summary>
internal sealed class Splitter(TextPart part, SplitBehavior behavior, List<TextPart> result)
{
    private int _start = -1;
    private int _end;
    private bool _wasMatch;

    public void Add(int start, int end, bool isMatch)
    {
        bool joins = _start >= 0 && behavior switch
        {
            SplitBehavior.Contiguous => isMatch == _wasMatch,
            SplitBehavior.MergedWithPrevious => isMatch && !_wasMatch,
            SplitBehavior.MergedWithNext => _wasMatch && !isMatch,
            _ => false,
        };
        if (!joins)
        {
            Complete();
            _start = start;
        }

        _end = end;
        _wasMatch = isMatch;
    }

    public void Complete()
    {
        if (_start >= 0 && _start < _end && !(behavior == SplitBehavior.Removed && _wasMatch))
            result.Add(part.Slice(_start, _end));
        _start = -1;
    }
}
