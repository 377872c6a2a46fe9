using System.Text.Json;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;

namespace ModelOps.Core.Tests.Packaging;

public sealed class BehaviourChangeTests
{
    [Fact]
    public void A_lost_label_and_another_schema_break_and_a_new_label_does_not()
    {
        ModelManifest released = Manifest("""{"type":"object","properties":{"q":{"type":"string"}}}""", "billing", "sales", "it");
        Assert.Empty(Breaks(released, Manifest("""{ "properties":{"q":{"type":"string"}}, "type":"object" }""", "billing", "hr", "it", "sales")));
        Assert.Equal(["the label 'sales' of 'q' is gone"], Breaks(released, Manifest("""{"type":"object","properties":{"q":{"type":"string"}}}""", "billing", "it")));
        Assert.Equal(
            ["the labels 'billing', 'it' of 'q' are gone", "the schema of answers changed"], Breaks(released, Manifest(null, "sales")));
        Assert.Equal(["the schema of answers changed"], Breaks(Manifest(null), Manifest("{}")));
        Assert.Empty(Breaks(Manifest(null), Manifest(null)));
    }

    [Theory]
    [InlineData("1.4.2", "2.0.0", true)]
    [InlineData("1.4.2", "2.0.0-rc.1+5", true)]
    [InlineData("1.4.2", "1.5.0", false)]
    [InlineData("2.0.0", "1.9.0", false)]
    [InlineData("0.3.1", "0.4.0", true)]
    [InlineData("0.3.1", "0.3.2", false)]
    [InlineData("0.9.0", "1.0.0", true)]
    public void Only_a_major_version_may_break(string released, string next, bool may) => Assert.Equal(may, BehaviourChange.MayBreak(released, next));

    [Fact]
    public void Labels_are_what_repeats()
    {
        Assert.Equal(["a", "b"], LabelSets.Of(["a", " b", "a", "b"])[""]);
        Assert.Empty(LabelSets.Of(["a", "b", "c"]));
        IReadOnlyDictionary<string, IReadOnlyList<string>> sets = LabelSets.Of(["""{"q":"x","n":1,"t":"one"}""", """{"q":"y","n":2,"t":"two"}""", """{"q":"x","n":2,"t":"3"}""", """{"q":"x","n":2,"t":"4"}"""]);
        Assert.Equal(["n", "q"], sets.Keys);
        Assert.Equal(["1", "2"], sets["n"]);
    }

    [Fact]
    public void A_manifest_keeps_its_labels()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, Manifest(null, "b", "a").ToBytes());
        Assert.Equal(["b", "a"], ModelManifest.Read(path).Labels!["q"]);
        File.Delete(path);
    }

    private static IReadOnlyList<string> Breaks(ModelManifest released, ModelManifest next)
        => BehaviourChange.Breaks(released, next.Labels ?? new Dictionary<string, IReadOnlyList<string>>(), next.Decoding?.JsonSchema);

    private static ModelManifest Manifest(string? schema, params string[] labels) => new()
    {
        Id = "Contoso.Triage",
        Version = "1.0.0",
        Kind = ModelManifest.AdapterKind,
        Method = "full",
        BaseDigest = "sha256:00",
        Files = [],
        Labels = labels.Length == 0 ? null : new Dictionary<string, IReadOnlyList<string>> { ["q"] = labels },
        Decoding = new DecodingOptions { JsonSchema = schema is null ? null : JsonDocument.Parse(schema).RootElement },
    };
}
