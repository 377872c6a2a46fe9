namespace ModelOps.Engine.Tokenization.Patterns;

/// <summary>
/// A regular expression over code points. .NET's own works on UTF-16 units, for which a letter outside the basic plane is no letter,
/// and a tokenizer must agree with the one that the model was trained with on every character. The text must be valid UTF-16.
/// </summary>
internal sealed class TextPattern
{
    private readonly PatternStep[] _steps;

    /// <exception cref="FormatException">The pattern is malformed, or uses what is not supported.</exception>
    public TextPattern(string pattern)
    {
        var node = PatternParser.Parse(pattern);
        _steps = PatternProgram.Compile(node);
        CanBeEmpty = PatternProgram.CanBeEmpty(node);
    }

    /// <summary>It can match nothing.</summary>
    public bool CanBeEmpty { get; }

    /// <summary>
    /// How many steps finding all matches of a text may take. A pattern that tokenizers use takes a few for each character; one whose
    /// repetitions overlap, such as <c>(a+)+b</c>, can take twice as many with every character.
    /// </summary>
    public static long StepLimit(int textLength) => 10_000_000 + (1000L * textLength);

    /// <summary>The leftmost match from <paramref name="start"/> on; false where there is none.</summary>
    /// <param name="stepsLeft">Is lowered by what the search took.</param>
    /// <exception cref="PatternLimitException">There were not enough steps.</exception>
    public bool Find(ReadOnlySpan<char> text, int start, ref long stepsLeft, out int matchStart, out int matchEnd)
    {
        var stack = new BacktrackStack(stackalloc int[192], ref stepsLeft);
        for (matchStart = start; matchStart <= text.Length; matchStart = matchStart == text.Length ? matchStart + 1 : Next(text, matchStart))
        {
            matchEnd = Run(text, 0, matchStart, ref stack);
            if (matchEnd >= 0)
                return true;
        }

        matchEnd = -1;
        return false;
    }

    private int Run(ReadOnlySpan<char> text, int step, int at, ref BacktrackStack stack)
    {
        int floor = stack.Count;
        while (true)
        {
            ref readonly var current = ref _steps[step];
            bool goesOn = true;
            switch (current.Operation)
            {
                case PatternOperation.One:
                    goesOn = at < text.Length && Matches(text, current.Set!, ref at);
                    step++;
                    break;
                case PatternOperation.Loop:
                    goesOn = Loop(text, current, step + 1, ref at, ref stack);
                    step++;
                    break;
                case PatternOperation.Split:
                    stack.Push(current.B, at, at);
                    step = current.A;
                    break;
                case PatternOperation.Jump:
                    step = current.A;
                    break;
                case PatternOperation.Anchor:
                    goesOn = Holds(text, (AnchorKind)current.A, at);
                    step++;
                    break;
                case PatternOperation.Done:
                    stack.Count = floor;
                    return at;
                default:
                    int end = Run(text, step + 1, at, ref stack);
                    goesOn = end >= 0 != (current.Operation == PatternOperation.NegativeLookAhead);
                    at = current.Operation == PatternOperation.Atomic ? end : at;
                    step = current.A;
                    break;
            }

            if (!goesOn && !Backtrack(text, floor, ref stack, out step, out at))
                return -1;
        }
    }

    private static bool Loop(ReadOnlySpan<char> text, in PatternStep loop, int next, ref int at, ref BacktrackStack stack)
    {
        var set = loop.Set!;
        int count = 0, least = at;
        while (count < loop.B && at < text.Length && Matches(text, set, ref at))
        {
            if (++count <= loop.A)
                least = at;
        }

        stack.StepsLeft -= count;
        if (count < loop.A)
            return false;
        if (count > loop.A && loop.Kind == RepetitionKind.Greedy)
            stack.Push(next, least, at);
        return true;
    }

    // An entry (step, least, most) stands for all the ends of a loop that were not tried yet: [least, most) or, for a split, least = most.
    private static bool Backtrack(ReadOnlySpan<char> text, int floor, ref BacktrackStack stack, out int step, out int at)
    {
        step = at = 0;
        if (--stack.StepsLeft < 0)
            throw new PatternLimitException();
        if (stack.Count == floor)
            return false;
        int least;
        (step, least, at) = stack.Pop();
        if (at == least)
            return true;
        at -= char.IsLowSurrogate(text[at - 1]) ? 2 : 1;
        if (at > least)
            stack.Push(step, least, at);
        return true;
    }

    private static bool Matches(ReadOnlySpan<char> text, CodePointSet set, ref int at)
    {
        char c = text[at];
        if (!char.IsSurrogate(c))
        {
            if (!set.Contains(c))
                return false;
            at++;
            return true;
        }

        if (!set.Contains(char.ConvertToUtf32(c, text[at + 1])))
            return false;
        at += 2;
        return true;
    }

    private static bool Holds(ReadOnlySpan<char> text, AnchorKind kind, int at) => kind switch
    {
        AnchorKind.LineStart => at == 0 || (text[at - 1] == '\n' && at < text.Length),
        AnchorKind.LineEnd => at == text.Length || text[at] == '\n',
        AnchorKind.TextStart => at == 0,
        AnchorKind.TextEnd => at == text.Length,
        _ => IsWordBoundary(text, at) == (kind == AnchorKind.WordBoundary),
    };

    private static bool IsWordBoundary(ReadOnlySpan<char> text, int at)
    {
        bool before = at > 0 && UnicodeTables.Word.Contains(char.IsLowSurrogate(text[at - 1])
            ? char.ConvertToUtf32(text[at - 2], text[at - 1])
            : text[at - 1]);
        bool after = at < text.Length && UnicodeTables.Word.Contains(char.IsHighSurrogate(text[at])
            ? char.ConvertToUtf32(text[at], text[at + 1])
            : text[at]);
        return before != after;
    }

    private static int Next(ReadOnlySpan<char> text, int at) => at + (char.IsHighSurrogate(text[at]) ? 2 : 1);

    private ref struct BacktrackStack(Span<int> initial, ref long stepsLeft)
    {
        private readonly ref long _stepsLeft = ref stepsLeft;
        private Span<int> _entries = initial;

        public readonly ref long StepsLeft => ref _stepsLeft;

        public int Count { get; set; }

        public void Push(int step, int least, int most)
        {
            if (Count + 3 > _entries.Length)
            {
                var larger = new int[_entries.Length * 2];
                _entries.CopyTo(larger);
                _entries = larger;
            }

            _entries[Count] = step;
            _entries[Count + 1] = least;
            _entries[Count + 2] = most;
            Count += 3;
        }

        public (int Step, int Least, int Most) Pop()
        {
            Count -= 3;
            return (_entries[Count], _entries[Count + 1], _entries[Count + 2]);
        }
    }
}
