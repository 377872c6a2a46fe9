namespace ModelOps.Engine.Tokenization.Patterns;

internal enum PatternOperation
{
    One,
    Loop,
    Split,
    Jump,
    Anchor,
    LookAhead,
    NegativeLookAhead,
    Atomic,
    Done,
}

/// <summary>
/// One step. <c>Split</c> goes on at A and, failing that, at B; <c>Loop</c> repeats its set from A to B times; the look-aheads and
/// <c>Atomic</c> run the steps behind them up to their own <c>Done</c> and go on at A.
/// </summary>
internal readonly record struct PatternStep(PatternOperation Operation, CodePointSet? Set = null, int A = 0, int B = 0, RepetitionKind Kind = default);

/// <summary>Compiles a syntax tree into steps for the backtracking machine of <see cref="TextPattern"/>.</summary>
internal sealed class PatternProgram
{
    private const int MaximumSteps = 10_000;
    private readonly List<PatternStep> _steps = [];

    public static PatternStep[] Compile(PatternNode node)
    {
        var program = new PatternProgram();
        program.Emit(node);
        program.Add(new PatternStep(PatternOperation.Done));
        return [.. program._steps];
    }

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                Add(new PatternStep(PatternOperation.One, one.Set));
                break;
            case PatternNode.Concatenation concatenation:
                foreach (var part in concatenation.Parts)
                    Emit(part);
                break;
            case PatternNode.Alternation alternation:
                EmitAlternation(alternation);
                break;
            case PatternNode.Repetition { Kind: RepetitionKind.Possessive } possessive when possessive.Body is not PatternNode.One:
                EmitEnclosed(PatternOperation.Atomic, possessive with { Kind = RepetitionKind.Greedy });
                break;
            case PatternNode.Repetition repetition:
                EmitRepetition(repetition);
                break;
            case PatternNode.Atomic atomic:
                EmitEnclosed(PatternOperation.Atomic, atomic.Body);
                break;
            case PatternNode.LookAhead look:
                EmitEnclosed(look.Negative ? PatternOperation.NegativeLookAhead : PatternOperation.LookAhead, look.Body);
                break;
            case PatternNode.Anchor anchor:
                Add(new PatternStep(PatternOperation.Anchor, A: (int)anchor.Kind));
                break;
        }
    }

    private void EmitAlternation(PatternNode.Alternation alternation)
    {
        var jumps = new List<int>();
        for (int i = 0; i < alternation.Choices.Count; i++)
        {
            bool last = i == alternation.Choices.Count - 1;
            int split = last ? -1 : Add(new PatternStep(PatternOperation.Split));
            Emit(alternation.Choices[i]);
            if (last)
                break;
            jumps.Add(Add(new PatternStep(PatternOperation.Jump)));
            _steps[split] = new PatternStep(PatternOperation.Split, A: split + 1, B: _steps.Count);
        }

        foreach (int jump in jumps)
            _steps[jump] = new PatternStep(PatternOperation.Jump, A: _steps.Count);
    }

    private void EmitRepetition(PatternNode.Repetition repetition)
    {
        if (repetition is { Body: PatternNode.One one, Kind: not RepetitionKind.Lazy })
        {
            Add(new PatternStep(PatternOperation.Loop, one.Set, repetition.Minimum, repetition.Maximum, repetition.Kind));
            return;
        }

        for (int i = 0; i < repetition.Minimum; i++)
            Emit(repetition.Body);
        if (repetition.Maximum == int.MaxValue)
        {
            if (CanBeEmpty(repetition.Body))
                throw new FormatException("the regular expression repeats without limit what can be empty");
            int split = Add(new PatternStep(PatternOperation.Split));
            Emit(repetition.Body);
            Add(new PatternStep(PatternOperation.Jump, A: split));
            _steps[split] = Choice(repetition.Kind, enter: split + 1, leave: _steps.Count);
            return;
        }

        var splits = new List<int>();
        for (int i = repetition.Minimum; i < repetition.Maximum; i++)
        {
            splits.Add(Add(new PatternStep(PatternOperation.Split)));
            Emit(repetition.Body);
        }

        foreach (int split in splits)
            _steps[split] = Choice(repetition.Kind, enter: split + 1, leave: _steps.Count);
    }

    private void EmitEnclosed(PatternOperation operation, PatternNode body)
    {
        int start = Add(new PatternStep(operation));
        Emit(body);
        Add(new PatternStep(PatternOperation.Done));
        _steps[start] = new PatternStep(operation, A: _steps.Count);
    }

    private int Add(PatternStep step)
    {
        if (_steps.Count == MaximumSteps)
            throw new FormatException("the regular expression is too large");
        _steps.Add(step);
        return _steps.Count - 1;
    }

    private static PatternStep Choice(RepetitionKind kind, int enter, int leave) =>
        kind == RepetitionKind.Lazy
            ? new PatternStep(PatternOperation.Split, A: leave, B: enter)
            : new PatternStep(PatternOperation.Split, A: enter, B: leave);

    public static bool CanBeEmpty(PatternNode node) => node switch
    {
        PatternNode.One => false,
        PatternNode.Concatenation c => c.Parts.All(CanBeEmpty),
        PatternNode.Alternation a => a.Choices.Any(CanBeEmpty),
        PatternNode.Repetition r => r.Minimum == 0 || CanBeEmpty(r.Body),
        PatternNode.Atomic a => CanBeEmpty(a.Body),
        _ => true,
    };
}
