namespace ModelOps.Engine.Generation.Constraints;

/// <summary>Runs an automaton over bytes, all readings at once, and keeps the states that it comes to.</summary>
internal sealed class ConstraintMachine
{
    /// <summary>As deep as common readers of JSON go.</summary>
    internal const int MaximumNesting = 64;

    private const int MaximumKeptStates = 1 << 14;
    private readonly ByteAutomaton _automaton;
    private readonly Dictionary<(int Parent, int ReturnTo, int Depth), StackFrame> _frames = [];
    private readonly Dictionary<string, ConstraintState> _states = new(StringComparer.Ordinal);
    private int _frameCount;

    internal ConstraintMachine(ByteAutomaton automaton, int start)
    {
        _automaton = automaton;
        Start = Close([new Configuration(start, null)]);
    }

    internal ConstraintState Start { get; }

    /// <summary>The state behind one more byte.</summary>
    internal ConstraintState Step(ConstraintState from, byte value)
    {
        if (from.Next[value] is { } known)
            return known;
        var reached = new List<Configuration>();
        foreach (var configuration in from.Configurations)
        {
            foreach (var edge in _automaton.Bytes(configuration.State))
            {
                if (value >= edge.Low && value <= edge.High)
                    reached.Add(configuration with { State = edge.Target });
            }
        }

        return from.Next[value] = Close(reached);
    }

    /// <summary>Follows jumps, calls and returns until a byte must be read. Readings that could no longer end are dropped.</summary>
    private ConstraintState Close(List<Configuration> open)
    {
        var seen = new HashSet<(int, int)>();
        var reading = new List<Configuration>();
        bool accepts = false;
        var waiting = new Stack<Configuration>(open);
        while (waiting.TryPop(out var at))
        {
            if (!Ends(at.Depth, _automaton.Height(at.State)) || !seen.Add((at.State, at.Stack?.Id ?? 0)))
                continue;
            if (at.State == ByteAutomaton.End)
            {
                if (at.Stack is { } frame)
                    waiting.Push(new Configuration(frame.ReturnTo, frame.Parent));
                else
                    accepts = true;
                continue;
            }

            if (_automaton.Bytes(at.State).Count > 0)
                reading.Add(at);
            foreach (int target in _automaton.Jumps(at.State))
                waiting.Push(at with { State = target });
            foreach (var call in _automaton.Calls(at.State))
            {
                if (Ends(at.Depth, _automaton.Height(call.Next)))
                    waiting.Push(new Configuration(call.Part, Frame(at.Stack, call.Next, at.Depth + call.Nesting)));
            }
        }

        return Keep(reading, accepts);
    }

    private static bool Ends(int depth, int height) => height != ByteAutomaton.Never && depth + height <= MaximumNesting;

    private StackFrame Frame(StackFrame? parent, int returnTo, int depth)
    {
        var key = (parent?.Id ?? 0, returnTo, depth);
        if (!_frames.TryGetValue(key, out var frame))
            _frames[key] = frame = new StackFrame(parent, returnTo, depth, ++_frameCount);
        return frame;
    }

    private ConstraintState Keep(List<Configuration> reading, bool accepts)
    {
        reading.Sort((a, b) => a.State != b.State ? a.State.CompareTo(b.State) : (a.Stack?.Id ?? 0).CompareTo(b.Stack?.Id ?? 0));
        string key = string.Join(' ', reading.Select(c => $"{c.State}:{c.Stack?.Id ?? 0}")) + (accepts ? "!" : "");
        if (_states.TryGetValue(key, out var state))
            return state;
        if (_states.Count >= MaximumKeptStates)
            Forget();
        return _states[key] = new ConstraintState([.. reading], accepts);
    }

    /// <summary>Lets go of what was found out. States that rows still stand in stay alive and right; they are only found no more.</summary>
    internal void Forget()
    {
        _states.Clear();
        _frames.Clear();
        Array.Clear(Start.Next);
    }
}
