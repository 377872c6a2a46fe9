namespace ModelOps.Engine.Generation.Constraints;

/// <summary>Turns a schema into an automaton. Every place of the schema becomes one part, which is called from wherever it is used.</summary>
internal sealed class SchemaCompiler
{
    private readonly ByteAutomaton _automaton;
    private readonly JsonGrammar _grammar;
    private readonly Dictionary<SchemaNode, int> _parts = [];
    private readonly Queue<(SchemaNode Node, int Start)> _open = [];

    private SchemaCompiler(ByteAutomaton automaton)
    {
        _automaton = automaton;
        _grammar = new JsonGrammar(automaton);
    }

    /// <summary>Adds the schema to the automaton and seals that; returns the state in which a document begins.</summary>
    /// <param name="leadingSpace">A space may stand before the document.</param>
    /// <exception cref="JsonSchemaException">The schema is too large, or nothing ends that it describes.</exception>
    internal static int Compile(SchemaNode schema, ByteAutomaton automaton, bool leadingSpace)
    {
        var compiler = new SchemaCompiler(automaton);
        int start = compiler.Value(schema, ByteAutomaton.End);
        if (leadingSpace)
            automaton.OnByte(start, ' ', compiler.Value(schema, ByteAutomaton.End));
        while (compiler._open.TryDequeue(out var part))
        {
            compiler.Build(part.Node, part.Start);
            if (automaton.IsTooLarge)
                throw new JsonSchemaException("", "#", "the schema has too many places: lower its lengths and counts");
        }

        automaton.Seal();
        return start;
    }

    private int Value(SchemaNode node, int next)
    {
        int state = _automaton.Add();
        Continue(state, node, next);
        return state;
    }

    private void Continue(int state, SchemaNode node, int next)
    {
        if (node is ReferenceNode reference)
            Continue(state, reference.Node!, next);
        else if (node is ChoiceNode choice)
            choice.Branches.ToList().ForEach(branch => Continue(state, branch, next));
        else
            _automaton.Call(state, Part(node), node is ObjectNode or FreeObjectNode or ArrayNode ? 1 : 0, next);
    }

    private int Part(SchemaNode node)
    {
        if (!_parts.TryGetValue(node, out int start))
        {
            _parts[node] = start = _automaton.Add();
            _open.Enqueue((node, start));
        }

        return start;
    }

    private void Build(SchemaNode node, int start)
    {
        switch (node)
        {
            case ObjectNode it:
                BuildObject(it, start);
                break;
            case FreeObjectNode it:
                BuildFreeObject(it, start);
                break;
            case ArrayNode it:
                BuildArray(it, start);
                break;
            case StringNode it:
                _automaton.Jump(start, _grammar.Text(it.Minimum, it.Maximum, ByteAutomaton.End));
                break;
            case NumberNode it:
                _automaton.Jump(start, it.Integer ? _grammar.Integer(ByteAutomaton.End) : _grammar.Number(ByteAutomaton.End));
                break;
            case ValuesNode it:
                foreach (var value in it.Values)
                    _automaton.Jump(start, _automaton.Literal(value.Spelling, ByteAutomaton.End));
                break;
        }
    }

    /// <summary>The properties in the order of the schema; those that are not required may be left out.</summary>
    private void BuildObject(ObjectNode node, int start)
    {
        int keys = _automaton.Add();        // before the key of property i or a later one; behind the last, nothing follows
        int behindValue = _automaton.Add(); // behind a value, before property i
        _automaton.OnByte(behindValue, '}', ByteAutomaton.End);
        bool mayEnd = true;
        foreach (var property in node.Properties.Reverse())
        {
            int value = Value(property.Value, _grammar.Space(behindValue));
            int colon = _automaton.Literal(":"u8, _grammar.Space(value));
            int key = _automaton.Literal(JsonLiteral.Of(property.Name), _grammar.Space(colon));
            int choice = _automaton.Add();
            _automaton.Jump(choice, key);
            if (!property.Required)
                _automaton.Jump(choice, keys);
            keys = choice;
            mayEnd &= !property.Required;
            behindValue = _automaton.Add();
            _automaton.OnByte(behindValue, ',', _grammar.Space(keys));
            if (mayEnd)
                _automaton.OnByte(behindValue, '}', ByteAutomaton.End);
        }

        int first = _automaton.Add();
        _automaton.Jump(first, keys);
        if (mayEnd)
            _automaton.OnByte(first, '}', ByteAutomaton.End);
        _automaton.OnByte(start, '{', _grammar.Space(first));
    }

    private void BuildFreeObject(FreeObjectNode node, int start)
    {
        int behindValue = _automaton.Add();
        int value = Value(node.Value, _grammar.Space(behindValue));
        int colon = _automaton.Literal(":"u8, _grammar.Space(value));
        int key = _grammar.Text(0, null, _grammar.Space(colon));
        _automaton.OnByte(behindValue, ',', _grammar.Space(key));
        _automaton.OnByte(behindValue, '}', ByteAutomaton.End);
        int first = _automaton.Add();
        _automaton.Jump(first, key);
        _automaton.OnByte(first, '}', ByteAutomaton.End);
        _automaton.OnByte(start, '{', _grammar.Space(first));
    }

    private void BuildArray(ArrayNode node, int start)
    {
        int behind = _automaton.Add(); // behind item `count`
        _automaton.OnByte(behind, ']', ByteAutomaton.End);
        if (node.Maximum is null)
            _automaton.OnByte(behind, ',', _grammar.Space(Value(node.Item, _grammar.Space(behind))));
        for (int count = (node.Maximum ?? Math.Max(1, node.Minimum)) - 1; count >= 1; count--)
        {
            int state = _automaton.Add();
            _automaton.OnByte(state, ',', _grammar.Space(Value(node.Item, _grammar.Space(behind))));
            if (count >= node.Minimum)
                _automaton.OnByte(state, ']', ByteAutomaton.End);
            behind = state;
        }

        int first = _automaton.Add();
        if (node.Maximum is not 0)
            _automaton.Jump(first, Value(node.Item, _grammar.Space(behind)));
        if (node.Minimum == 0)
            _automaton.OnByte(first, ']', ByteAutomaton.End);
        _automaton.OnByte(start, '[', _grammar.Space(first));
    }
}
