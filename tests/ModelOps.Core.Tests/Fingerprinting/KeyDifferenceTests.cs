using ModelOps.Core.Data;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Fingerprinting;

public sealed class KeyDifferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (FingerprintFile Key, DatasetManifest Rows) Build(double learningRate, params (string Question, string Answer)[] rows)
    {
        string path = _folder.Write("data/train/a.jsonl", string.Concat(rows.Select(r => $$"""{"prompt":"{{r.Question}}","completion":"{{r.Answer}}"}""" + "\n")));
        Dataset dataset = DatasetReader.Read([path], DatasetKind.Training, new RecordingLog(), default)!;
        KeyFields fields = new KeyFields().Add("options", new KeyFields().Add("learningRate", learningRate)).Add("method", "lora").Add(DatasetKind.Training.Field(), dataset.Digest);
        return (FingerprintFile.Of("train", fields), DatasetManifest.Of(_folder.Path, [dataset]));
    }

    private static readonly (string, string)[] s_rows =
        [.. Enumerable.Range(0, 20).Select(i => ($"question number {i} about the {(char)('a' + i)}{i} matter", $"answer {i}"))];

    [Fact]
    public void Rows_and_fields_are_explained_in_one_line()
    {
        var before = Build(1e-4, s_rows);
        // Row 5 has another answer, row 12 a word more in its question, row 3 is gone, two are new.
        (string, string)[] edited = [.. s_rows];
        edited[5] = (edited[5].Item1, "other");
        edited[12] = ($"{edited[12].Item1} today", edited[12].Item2);
        edited = [.. edited[..3], .. edited[4..], ("something entirely fresh is asked", "yes"), ("one further unseen request", "no")];
        var after = Build(2e-4, edited);
        Assert.Equal(
            "retrains: 2 rows added, 1 removed, 2 changed in data/train/a.jsonl (first: line 5), Options.LearningRate 1e-4 -> 2e-4",
            KeyDifference.Explain("retrains", before.Key, after.Key, before.Rows, after.Rows));
        RowsChange change = Assert.Single(KeyDifference.Between(before.Key, after.Key, before.Rows, after.Rows).Rows);
        Assert.Equal([(6, 5), (13, 12)], change.Changed.Select(c => (c.Old.Line, c.New.Line)).Order());
        Assert.Equal(4, Assert.Single(change.Removed).Line);
    }

    [Fact]
    public void Without_manifests_the_set_is_named()
        => Assert.Equal("TrainingData changed", KeyDifference.Between(Build(1, ("a", "b")).Key, Build(1, ("a", "c")).Key).ToLine());

    [Fact]
    public void Reordered_rows_are_no_difference()
    {
        var before = Build(1, s_rows);
        var after = Build(1, [.. s_rows.Reverse()]);
        Assert.Equal(before.Key.Key, after.Key.Key);
        Assert.True(KeyDifference.Between(before.Key, after.Key, before.Rows, after.Rows).IsEmpty);
    }

    [Fact]
    public void Duplicates_count_as_rows()
    {
        var before = Build(1, ("a", "1"), ("a", "1"));
        var after = Build(1, ("a", "1"));
        Assert.Equal("1 row removed in data/train/a.jsonl (line 2)", KeyDifference.Between(before.Key, after.Key, before.Rows, after.Rows).ToLine());
    }

    [Fact]
    public void Fields_that_come_and_go_and_texts_that_are_foreign()
    {
        var before = FingerprintFile.Of("train", new KeyFields().Add("a", 1).Add("text", "x").Add("digest", Core.Artifacts.Digest.Of("1"u8)));
        var after = FingerprintFile.Of("train", new KeyFields().Add("b", true).Add("text", "\u001b[31m##vso[x]").Add("digest", Core.Artifacts.Digest.Of("2"u8)));
        Assert.Equal("A 1 -> (none), B (none) -> true, Digest changed, Text x -> ·#·#vso[x]", KeyDifference.Between(before, after).ToLine());
        Assert.Equal("A 1 -> (none) and 3 more", KeyDifference.Between(before, after).ToLine(1));
        Assert.Equal("trains: no earlier result", KeyDifference.Explain("trains", null, after));
        Assert.Equal("nothing differs", KeyDifference.Between(after, after).ToLine());
    }
}
