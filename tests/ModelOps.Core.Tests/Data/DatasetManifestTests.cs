using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Tests.Data;

public sealed class DatasetManifestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_back_with_relative_paths()
    {
        string train = _folder.Write("data/train/a.jsonl", """{"prompt":"a","completion":"1"}""" + "\n" + """{"prompt":"b","completion":"2"}""");
        string eval = _folder.Write("data/eval/e.jsonl", """{"prompt":"c","completion":"3"}""");
        Dataset training = DatasetReader.Read([train], DatasetKind.Training, _log, default)!, evaluation = DatasetReader.Read([eval], DatasetKind.Evaluation, _log, default, RowOrder.AsWritten)!;
        var manifest = DatasetManifest.Of(_folder.Path, [evaluation, training]);
        string path = _folder.In("obj", "dataset.json");
        Assert.True(manifest.Write(path));
        Assert.False(manifest.Write(path));
        DatasetManifest read = DatasetManifest.TryRead(path)!;
        Assert.Equal([DatasetKind.Training, DatasetKind.Evaluation], read.Sets.Select(s => s.Kind));
        DatasetSet set = read.Set(DatasetKind.Training)!;
        Assert.Equal(training.Digest, set.Digest);
        Assert.Equal(["data/train/a.jsonl"], set.Files.Select(f => f.Path));
        Assert.Equal(manifest.Set(DatasetKind.Training)!.Rows, set.Rows);
        Assert.Equal(training.Rows.Select(r => r.Id), set.Rows.Select(r => r.Id));
        Assert.Equal("data/train/a.jsonl(2)", set.Location(set.Rows.Single(r => r.Line == 2)).ToString());
        Assert.Equal(RowOrder.AsWritten, read.Set(DatasetKind.Evaluation)!.Order);
        Assert.Null(read.Set(DatasetKind.Validation));
    }

    [Fact]
    public void No_file_is_no_manifest_and_a_bad_one_has_a_code()
    {
        Assert.Null(DatasetManifest.TryRead(_folder.In("none.json")));
        foreach (string bad in new[] { "", "[]", "{\"format\":2}", "{\"format\":1}", """{"format":1,"sets":[{"kind":"training","order":"canonical","files":[],"rows":["x"],"digest":""}]}""" })
        {
            var thrown = Assert.Throws<DiagnosticException>(() => DatasetManifest.TryRead(_folder.Write("bad.json", bad)));
            Assert.Equal("MOPS1025", thrown.Diagnostic.Code);
        }
    }

    [Theory]
    [InlineData("My card was stolen yesterday and I need a new one", "My card was stolen today and I need a new one", true)]
    [InlineData("My card was stolen yesterday and I need a new one", "Please tell me how exchange rates get computed", false)]
    public void Sketches_tell_close_texts_from_others(string left, string right, bool close)
    {
        RowEntry a = Entry(left), b = Entry(right);
        Assert.Equal(close, RowEntry.Likeness(a.Sketch, b.Sketch) >= 5);
        Assert.Equal(8, RowEntry.Likeness(a.Sketch, a.Sketch));
    }

    private RowEntry Entry(string question)
        => RowEntry.Of(DatasetReader.Read([_folder.Write("r.jsonl", $$"""{"prompt":"{{question}}","completion":"x"}""")], DatasetKind.Training, _log, default)!.Rows[0], 0);
}
