using System.Text.Json;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>
/// Share of answers that are a JSON document (as <see cref="JsonValid"/> has it) of a JSON Schema, draft 2020-12. What is understood stands in
/// <c>docs/formats/eval.md</c>; a schema that says more is refused.
/// </summary>
public sealed class JsonSchema : IMetric
{
    private readonly SchemaRules _rules;

    /// <param name="schema">The schema's text.</param>
    /// <exception cref="InvalidSchemaException">The text is no schema, or one that says more than is understood.</exception>
    public JsonSchema(string schema)
    {
        _rules = new SchemaRules(JsonText.TryParse(schema) ?? throw new InvalidSchemaException("#", "it is no JSON."));
        Spec = new MetricSpec(nameof(JsonSchema)) { Argument = schema };
    }

    public MetricSpec Spec { get; }

    public MetricScale Scale => MetricScale.Share;

    public MetricSample Score(IReadOnlyList<EvaluationItem> items, SubjectRun run)
        => new RightWrongSample([.. run.Answers.Select(a => JsonText.TryParse(a.Text) is { } json && IsValid(json))]);

    internal bool IsValid(JsonElement json) => _rules.IsValid(json);
}

/// <summary>A JSON Schema that cannot be used.</summary>
public sealed class InvalidSchemaException(string pointer, string message) : Exception(message)
{
    /// <summary>Where in the schema, as a JSON pointer in a fragment.</summary>
    public string Pointer { get; } = pointer;
}
