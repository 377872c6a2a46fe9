using System.Text.Json;
using ModelOps.Engine.Tokenization;

namespace ModelOps.Engine.Generation.Constraints;

/// <summary>
/// Lets a model write nothing but JSON documents of a schema, whatever its logits are; <c>docs/formats/json-schema-subset.md</c> says which
/// schemas. Compiled once and used for any number of answers, by several threads.
/// </summary>
public sealed class JsonConstraint
{
    private const int MaximumKeptSets = 1024; // of a bit per token: 20 MB for the largest vocabularies
    private readonly TokenSpellings _spellings;
    private readonly ConstraintMachine _machine;
    private readonly Lock _lock = new();
    private int _kept;

    private JsonConstraint(TokenSpellings spellings, ConstraintMachine machine, IReadOnlyCollection<int> stopTokenIds)
    {
        _spellings = spellings;
        _machine = machine;
        StopTokenIds = stopTokenIds;
    }

    /// <summary>The tokens that end an answer; none of them is ever part of a document.</summary>
    public IReadOnlyCollection<int> StopTokenIds { get; }

    internal ConstraintState Start => _machine.Start;

    /// <param name="schema">A JSON Schema of the subset.</param>
    /// <exception cref="JsonSchemaException">The schema is outside of the subset, or nothing that the tokenizer can write satisfies it.</exception>
    public static JsonConstraint Compile(string schema, Tokenizer tokenizer, IReadOnlyCollection<int> stopTokenIds) =>
        Compile(SchemaReader.Read(schema), tokenizer, stopTokenIds);

    /// <summary>Any JSON object, with properties of any names and values.</summary>
    /// <exception cref="JsonSchemaException">The tokenizer cannot write one.</exception>
    public static JsonConstraint AnyObject(Tokenizer tokenizer, IReadOnlyCollection<int> stopTokenIds)
    {
        var value = new ReferenceNode("#", "#");
        var any = new FreeObjectNode(value);
        string[] words = ["true", "false", "null"];
        value.Node = new ChoiceNode(
        [
            any, new ArrayNode(value, 0, null), new StringNode(0, null), new NumberNode(integer: false),
            new ValuesNode([.. words.Select(word => JsonElement.Parse(word)).Select(word => new JsonValue(word, JsonLiteral.Of(word)))]),
        ]);
        return Compile(any, tokenizer, stopTokenIds);
    }

    private static JsonConstraint Compile(SchemaNode node, Tokenizer tokenizer, IReadOnlyCollection<int> stopTokenIds)
    {
        var spellings = new TokenSpellings(tokenizer, stopTokenIds);
        var automaton = new ByteAutomaton(spellings.Single);
        var machine = new ConstraintMachine(automaton, SchemaCompiler.Compile(node, automaton, spellings.DropsLeadingSpace));
        if (machine.Start.IsDead)
            throw new JsonSchemaException("", "#", $"no document satisfies the schema within {ConstraintMachine.MaximumNesting} levels and the tokens of the model");
        return new JsonConstraint(spellings, machine, stopTokenIds);
    }

    /// <summary>The tokens that can follow; tokens that end the answer are not among them.</summary>
    internal TokenSet Following(ConstraintState state)
    {
        lock (_lock)
        {
            if (state.Tokens is null && ++_kept > MaximumKeptSets)
            {
                _machine.Forget();
                _kept = 0;
            }

            return state.Tokens ??= _spellings.Following(state, _machine);
        }
    }

    internal ConstraintState Step(ConstraintState state, byte value)
    {
        lock (_lock)
            return _machine.Step(state, value);
    }

    internal ConstraintState After(ConstraintState state, int token)
    {
        lock (_lock)
        {
            foreach (byte value in _spellings.Of(token) ?? throw new ArgumentException($"token {token} writes nothing", nameof(token)))
                state = _machine.Step(state, value);
        }

        return state;
    }
}
