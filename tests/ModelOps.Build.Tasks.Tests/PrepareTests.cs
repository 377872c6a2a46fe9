using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Build.Tasks.Tests;

/// <summary>Raw sources through Prepare, Validate and Look, as the targets call them.</summary>
public sealed class PrepareTests : IDisposable
{
    private readonly TaskProject _project = new();
    private readonly List<ITaskItem> _items = [];

    public PrepareTests()
    {
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[(Names.DataSplit, "80/10/10"), (Names.SplitSeed, "42"), (Names.UseSplitLock, "false"), (Names.Deduplicate, "Exact"), (Names.NormalizeUnicode, "NFC"), (Names.NearDuplicateThreshold, "0.8")])
        {
            _project.Settings[name] = value;
        }

        _project.Write("raw/tickets.csv", "text,queue,customer\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"\"{Words(i)}\",queue {i % 3},{i / 2}\n")));
        Source("raw/tickets.csv", (Names.Prompt, "text"), (Names.Completion, "queue"), (Names.Group, "customer"), (Names.License, "MIT"));
    }

    public void Dispose() => _project.Dispose();

    private static string Words(int i) => string.Join(' ', Enumerable.Range(1, 9).Select(w => $"w{(i * 7919 * w) % 99991:x}"));

    private string Prepared(string file) => _project[$"obj/prepared/{file}"];

    private string[] Problems => File.ReadAllLines(_project["obj/problems.txt"]);

    private void Source(string file, params ReadOnlySpan<(string Name, string Value)> metadata) => Add(Names.SourceData, _project[file], metadata);

    private void Add(string type, string include, params ReadOnlySpan<(string Name, string Value)> metadata)
    {
        var item = new TaskItem(include);
        item.SetMetadata(Names.ItemType, type);
        item.SetMetadata(Names.PreparedFolder, _project["obj/prepared/"]);
        foreach ((string name, string value) in metadata)
        {
            item.SetMetadata(name, value);
        }

        _items.Add(item);
    }

    private bool Run(DataTask task)
    {
        task.Subjects = [.. _items];
        return _project.Run(task);
    }

    private bool Build() => Run(new Prepare()) && Run(new Validate());

    [Fact]
    public void Rows_are_data_like_any_other_and_named_after_their_source()
    {
        _project.Write("raw/more.json", """[{"instruction":"Cafe\u0301 open?","output":"mail a.b@contoso.de now"}]""");
        Source("raw/more.json", (Names.Format, "Alpaca"), (Names.Set, "Training"), (Names.Weight, "2"));
        Assert.True(Build(), _project.Engine.Log);
        Assert.Contains("café open?", File.ReadAllText(Prepared("train.jsonl")).ToLowerInvariant(), StringComparison.Ordinal);
        Assert.Equal(62, new[] { "train", "validation", "eval" }.Sum(s => File.Exists(Prepared($"{s}.jsonl")) ? File.ReadAllLines(Prepared($"{s}.jsonl")).Length : 0));

        // The column of the address in the source, once although a weight repeats the row; and one source names no licence.
        Assert.Single(Problems, p => p.StartsWith("raw/more.json(1,51): warning MOPS1041", StringComparison.Ordinal));
        Assert.DoesNotContain(Problems, p => p.Contains("MOPS1045", StringComparison.Ordinal) || p.Contains("prepared", StringComparison.Ordinal));
        Assert.Contains(Problems, p => p.StartsWith("raw/more.json: info MOPS1056", StringComparison.Ordinal));
        string dataset = File.ReadAllText(_project["obj/dataset.json"]);
        Assert.Contains("raw/tickets.csv", dataset, StringComparison.Ordinal);
        Assert.DoesNotContain("prepared", dataset, StringComparison.Ordinal);

        string page = File.ReadAllText(_project["obj/report/data.html"]), card = File.ReadAllText(_project["obj/report/data.md"]);
        Assert.Contains("raw/more.json(1,51)", page, StringComparison.Ordinal);
        Assert.Contains("| raw/tickets.csv | Csv | MIT | 1 | 60 | 60 |", card, StringComparison.Ordinal);
        Assert.Contains("| e-mail addresses | 2 |", card, StringComparison.Ordinal);
        Assert.DoesNotContain("contoso", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_prepared_twice()
    {
        Assert.True(Build(), _project.Engine.Log);
        Assert.True(Run(new Prepare()));
        Assert.DoesNotContain("prepares", _project.Engine.Log, StringComparison.Ordinal);
        File.Delete(Prepared("train.map"));
        Assert.True(Run(new Prepare()));
        Assert.Contains("prepares 60 records of 1 source", _project.Engine.Log, StringComparison.Ordinal);

        _project.Settings[Names.DataSplit] = "1/0/0";
        Assert.True(Run(new Prepare()));
        Assert.Contains(": 60 train rows", _project.Engine.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(Prepared("eval.jsonl")));
    }

    [Fact]
    public void A_lock_is_written_once_and_moves_nothing()
    {
        _project.Settings[Names.UseSplitLock] = "true";
        Assert.True(Build(), _project.Engine.Log);
        string kept = File.ReadAllText(_project["split.lock"]), train = File.ReadAllText(Prepared("train.jsonl"));
        Assert.Equal(60, kept.Split('\n').Length - 1);
        _project.Settings[Names.SplitSeed] = "7";
        Assert.True(Build(), _project.Engine.Log);
        Assert.Equal((kept, train), (File.ReadAllText(_project["split.lock"]), File.ReadAllText(Prepared("train.jsonl"))));
    }

    [Fact]
    public void What_is_wrong_is_said_of_the_source()
    {
        _project.Write("raw/tickets.csv", "text,queue,customer\nq,,1\n\"a\nb\", ,2\n");
        Assert.False(Run(new Prepare()));
        Assert.Contains($"{_project["raw/tickets.csv"]}(2,3)", _project.Engine.Log, StringComparison.Ordinal);
        Assert.Contains("MOPS1008", _project.Engine.Log, StringComparison.Ordinal);
        Assert.False(File.Exists(_project.Receipt("Prepare")));
    }

    [Theory]
    [InlineData(Names.SourceData, "raw/tickets.csv", Names.Format, "Excel", "MOPS5100")]
    [InlineData(Names.SourceData, "raw/tickets.csv", Names.Weight, "-1", "MOPS5100")]
    [InlineData(Names.SourceData, "raw/tickets.csv", Names.Set, "Test", "MOPS5100")]
    [InlineData(Names.RowFilter, "Answerlenght", Names.Minimum, "1", "MOPS5100")]
    [InlineData(Names.RowFilter, "AnswerLength", Names.Pattern, "x", "MOPS5100")]
    [InlineData(Names.RowFilter, "PromptMatches", Names.Pattern, "(", "MOPS5100")]
    [InlineData(Names.RowFilter, "Field", Names.Field, "slice", "MOPS5100")]
    public void Items_that_cannot_be_understood_are_errors(string type, string include, string metadata, string value, string code)
    {
        Add(type, type == Names.SourceData ? _project[include] : include, (metadata, value));
        Assert.False(Run(new Prepare()));
        Assert.Contains(code, _project.Engine.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_shares_are_an_error()
    {
        _project.Settings[Names.DataSplit] = "80-20";
        Assert.False(Run(new Prepare()));
        Assert.Contains("MOPS2054", _project.Engine.Log, StringComparison.Ordinal);
    }
}
