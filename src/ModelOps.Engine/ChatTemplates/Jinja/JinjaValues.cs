namespace ModelOps.Engine.ChatTemplates.Jinja;

/// <summary>What a name, key or index that is not there gives: empty as text, false as a condition, an error in most other uses.</summary>
/// <param name="Message">Why it is undefined, as Jinja says it.</param>
internal sealed record Undefined(string Message);

/// <summary>A dictionary in insertion order. Templates cannot change it: Transformers renders in an immutable sandbox.</summary>
internal sealed class JinjaDictionary : OrderedDictionary<string, object?>
{
    public JinjaDictionary()
        : base(StringComparer.Ordinal)
    {
    }
}

/// <summary>What <c>namespace()</c> gives: the one thing that a template can change in place.</summary>
internal sealed class JinjaNamespace
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>What <c>loop</c> is within a <c>for</c>.</summary>
/// <param name="Recurse">Runs the loop over what it is called with and gives the text; refuses where the loop is not marked <c>recursive</c>.</param>
internal sealed record JinjaLoop(JinjaFunction Recurse)
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>An iterator: true as a condition, without a length, and empty once it was walked through.</summary>
internal sealed class JinjaIterator(List<object?> items)
{
    private List<object?> _items = items;

    public List<object?> Take()
    {
        var items = _items;
        _items = [];
        return items;
    }
}

/// <summary>The arguments of a call.</summary>
internal sealed record JinjaArguments(List<object?> Positional, Dictionary<string, object?> Named)
{
    public static JinjaArguments None { get; } = new([], []);

    /// <summary>The argument at a place or under its name; null is a value, so that absence is told by the result.</summary>
    public bool TryGet(int index, string name, out object? value)
    {
        if (index < Positional.Count)
        {
            value = Positional[index];
            return true;
        }

        return Named.TryGetValue(name, out value);
    }

    public object? Get(int index, string name, object? otherwise = null) => TryGet(index, name, out object? value) ? value : otherwise;

    public T Get<T>(int index, string name, T otherwise) => !TryGet(index, name, out object? found) || (found == null && otherwise == null)
        ? otherwise
        : found is T value ? value : throw new JinjaTypeException($"the argument '{name}' has the wrong type");

    public T Required<T>(int index, string name) => TryGet(index, name, out object? value)
        ? value is T typed ? typed : throw new JinjaTypeException($"the argument '{name}' has the wrong type")
        : throw new JinjaTypeException($"the argument '{name}' is missing");

    /// <summary>Refuses arguments that the callee does not know.</summary>
    public void Allow(int positional, params ReadOnlySpan<string> names)
    {
        if (Positional.Count > positional)
            throw new JinjaTypeException($"at most {positional} arguments are supported here, {Positional.Count} are given");
        foreach (string name in Named.Keys)
        {
            if (!names.Contains(name))
                throw new JinjaTypeException($"the argument '{name}' is not supported here");
        }
    }
}

/// <summary>Something a template can call.</summary>
internal delegate object? JinjaFunction(JinjaArguments arguments);

/// <summary>An operation on values of the wrong type; the expression that ran it adds the place.</summary>
internal sealed class JinjaTypeException(string message) : Exception(message);
