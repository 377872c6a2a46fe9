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

/// <summary>Takes matches and what lies between them, in order, and gives the parts that a behaviour makes of them.</summary>
internal sealed class Splitter(TextPart part, SplitBehavior behavior, List<TextPart> result)
{
    private int _start = -1;
    private int _end;
    private bool _isMatch;

    public void Add(int start, int end, bool isMatch)
    {
        if (start == end)
            return;
        bool joins = _start >= 0 && behavior switch
        {
            SplitBehavior.Contiguous => isMatch == _isMatch,
            SplitBehavior.MergedWithPrevious => isMatch && !_isMatch,
            SplitBehavior.MergedWithNext => _isMatch && !isMatch,
            _ => false,
        };
        if (!joins)
        {
            Complete();
            _start = start;
        }

        _end = end;
        _isMatch = isMatch;
    }

    public void Complete()
    {
        if (_start >= 0 && !(behavior == SplitBehavior.Removed && _isMatch))
            result.Add(part.Slice(_start, _end));
        _start = -1;
    }
}
