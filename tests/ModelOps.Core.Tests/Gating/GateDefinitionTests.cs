using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Core.Gating;

namespace ModelOps.Core.Tests.Gating;

public sealed class GateDefinitionTests
{
    private static readonly GateOpponents s_nobody = new(Baselines: false), s_baselines = new(Baselines: true);

    private static readonly SourceLocation s_at = new("triage.csproj", 12, 5);

    [Fact]
    public void A_gate_is_read_whole()
    {
        GateDefinition gate = Parse("FieldAccuracy", ("Field", "queue"), ("minimum", " 0.8 "), ("MinimumGain", "1e-1"), ("Confidence", "0.99"), ("InconclusiveAs", "warning"), ("Maximum", ""));
        Assert.Equal(new MetricSpec("FieldAccuracy", "queue"), gate.Metric);
        Assert.Equal([(BoundKind.Minimum, 0.8), (BoundKind.MinimumGain, 0.1)], gate.Bounds);
        Assert.Equal((0.99, InconclusiveAs.Warning, s_at), (gate.Confidence, gate.InconclusiveAs, gate.Location!.Value));
    }

    [Theory]
    [InlineData("ExactMatch", "MinimumGian", "0.1", "MOPS5003", "Did you mean 'MinimumGain'?")]
    [InlineData("ExactMatch", "Threshold", "0.1", "MOPS5003", "Known: Minimum, Maximum")]
    [InlineData("ExactMatch", "Minimum", "80%", "MOPS5004", "Minimum=\"80%\" is no number")]
    [InlineData("ExactMatch", "Minimum", "0,8", "MOPS5004", "with a point")]
    [InlineData("ExactMatch", "Minimum", "NaN", "MOPS5004", "no number")]
    [InlineData("ExactMatch", "Minimum", "∞", "MOPS5004", "no number")]
    [InlineData("ExactMatch", "Confidence", "0.9", "MOPS5005", "no bound")]
    [InlineData("ExactMatch", "Minimum", "", "MOPS5005", "no bound")]
    [InlineData("ExactMatch", "Minimum", "80", "MOPS5007", "between 0.00 and 1.00")]
    [InlineData("ExactMatch", "Minimum", "1", "MOPS5007", "no number of rows")]
    [InlineData("ExactMatch", "MinimumGain", "1.5", "MOPS5007", "between -1.00 and 1.00")]
    [InlineData("MeanLoss", "Maximum", "-1", "MOPS5007", "above 0.00")]
    [InlineData("ExactMach", "Minimum", "0.8", "MOPS4001", "Did you mean 'ExactMatch'?")]
    [InlineData("FieldAccuracy", "Minimum", "0.8", "MOPS4002", "Field=")]
    [InlineData("JsonValid", "Field", "queue", "MOPS4003", "takes no Field")]
    [InlineData("Regex", "Minimum", "0.8", "MOPS5150", "Pattern=")]
    [InlineData("Regex", "Pattern", "(", "MOPS5152", "Pattern=\"(\"")]
    [InlineData("Regex", "Pattern", "(?=a)", "MOPS5152", "look-around")]
    [InlineData("ExactMatch", "Pattern", "a", "MOPS5151", "belongs to Regex")]
    [InlineData("JsonSchema", "Schema", "{", "MOPS5153", "no JSON")]
    [InlineData("JsonSchema", "Schema", """{"type":"object","unevaluatedItems":false}""", "MOPS5153", "#/unevaluatedItems")]
    [InlineData("LatencyP95", "MinimumGain", "10", "MOPS5163", "Minimum and Maximum")]
    [InlineData("ExactMatch", "MaximumForgetting", "-0.1", "MOPS5007", "at least 0")]
    [InlineData("ExactMatch", "MaximumRegression", "1", "MOPS5007", "below 1.00")]
    public void What_is_wrong_with_a_gate_has_a_code_and_a_place(string include, string name, string value, string code, string text)
    {
        Diagnostic found = Assert.Throws<DiagnosticException>(() => Parse(include, (name, value))).Diagnostic;
        Assert.Equal((code, s_at), (found.Code, found.Location!.Value));
        Assert.Contains(text, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_and_contradictions_are_checked()
    {
        Assert.Equal("MOPS5008", Code(("Minimum", "0.8"), ("InconclusiveAs", "Warn")));
        Assert.Equal("MOPS5008", Code(("Minimum", "0.8"), ("InconclusiveAs", "1")));
        Assert.Equal("MOPS5007", Code(("Minimum", "0.8"), ("Confidence", "95")));
        Assert.Equal("MOPS5007", Code(("Minimum", "0.8"), ("Confidence", "0.3")));
        Assert.Equal("MOPS5007", Code(("Minimum", "0.8"), ("Maximum", "0.7")));
    }

    [Fact]
    public void Without_gates_the_candidate_must_beat_the_best_baseline()
    {
        GateDefinition gate = Assert.Single(GateDefinition.Plan([], s_baselines, s_at));
        Assert.Equal((MetricSpec.Primary, 0.0, s_at), (gate.Metric, gate.MinimumGain!.Value, gate.Location!.Value));
    }

    [Fact]
    public void A_gain_needs_a_baseline_and_an_absolute_bound_does_not()
    {
        GateDefinition gain = Parse("ExactMatch", ("MinimumGain", "0.1"));
        GateDefinition floor = Parse("ExactMatch", ("Minimum", "0.1"));
        Diagnostic found = Assert.Throws<DiagnosticException>(() => GateDefinition.Plan([floor, gain], s_nobody)).Diagnostic;
        Assert.Equal(("MOPS5006", s_at), (found.Code, found.Location!.Value));
        Diagnostic byDefault = Assert.Throws<DiagnosticException>(() => GateDefinition.Plan([], s_nobody, s_at)).Diagnostic;
        Assert.Equal("MOPS5006", byDefault.Code);
        Assert.Contains("default gate", byDefault.Message, StringComparison.Ordinal);
        Assert.Equal([floor], GateDefinition.Plan([floor], s_nobody));
    }

    [Fact]
    public void Forgetting_needs_regression_data_and_a_regression_needs_a_release()
    {
        GateDefinition forgetting = Parse("ExactMatch", ("MaximumForgetting", "0.1")), regression = Parse("ExactMatch", ("MaximumRegression", "0"), ("Slice", "late"));
        Assert.Equal("late", regression.Slice);
        Assert.Equal("MOPS5160", Assert.Throws<DiagnosticException>(() => GateDefinition.Plan([forgetting], s_baselines)).Diagnostic.Code);
        Assert.Equal("MOPS5161", Assert.Throws<DiagnosticException>(() => GateDefinition.Plan([regression], s_baselines)).Diagnostic.Code);

        // A gate on regression data alone leaves the candidate unproven: the default gate holds as well.
        var all = new GateOpponents(true, true, true);
        Assert.Equal([GateDefinition.Default with { Location = s_at }, forgetting], GateDefinition.Plan([forgetting], all, s_at));
        Assert.Equal([regression, GateDefinition.DefaultForgetting with { Location = s_at }], GateDefinition.Plan([regression], all, s_at));
        Assert.Equal(GateDefinition.Plan([regression], all, s_at), GateDefinition.Plan(GateDefinition.Plan([regression], all, s_at), all));
    }

    [Fact]
    public void A_schema_is_read_from_its_file()
    {
        GateDefinition gate = GateDefinition.Parse(
            "JsonSchema", new Dictionary<string, string> { ["Schema"] = "answer.json", ["Minimum"] = "0.9" }, s_at, file => $$"""{"const":"{{file}}"}""");
        Assert.Equal("""{"const":"answer.json"}""", gate.Metric.Argument);
        Assert.Matches(@"^JsonSchema\(", gate.Metric.ToString());
    }

    [Fact]
    public void A_command_has_a_name_and_what_belongs_to_it_belongs_nowhere_else()
    {
        GateDefinition gate = Parse("Command", ("Name", "tone"), ("Command", "./tone.sh"), ("Minimum", "0.5"), ("Inputs", "tone.sh"));
        Assert.Equal(("Command(tone)", "./tone.sh"), (gate.Metric.ToString(), gate.Metric.Argument));
        Assert.Equal("MOPS5150", Assert.Throws<DiagnosticException>(() => Parse("Command", ("Command", "./tone.sh"), ("Minimum", "0.5"))).Diagnostic.Code);
        Assert.Equal("MOPS5150", Assert.Throws<DiagnosticException>(() => Parse("Command", ("Name", "tone"), ("Minimum", "0.5"))).Diagnostic.Code);
        Assert.Equal("MOPS5151", Code(("Inputs", "tone.sh"), ("Minimum", "0.5")));
        Assert.Equal("MOPS5151", Code(("Name", "tone"), ("Minimum", "0.5")));
    }

    private static string Code(params (string, string)[] metadata)
        => Assert.Throws<DiagnosticException>(() => Parse("ExactMatch", metadata)).Diagnostic.Code;

    private static GateDefinition Parse(string include, params (string Name, string Value)[] metadata)
        => GateDefinition.Parse(include, metadata.ToDictionary(m => m.Name, m => m.Value), s_at);
}
