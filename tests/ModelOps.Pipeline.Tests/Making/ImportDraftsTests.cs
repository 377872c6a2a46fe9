using ModelOps.Backends.Endpoints;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Making;
using ModelOps.Core.Reviewing;
using ModelOps.Pipeline.Making;

namespace ModelOps.Pipeline.Tests.Making;

/// <summary>Drafts of a server in this process: what is sent, what is paid, what is learned.</summary>
public sealed class ImportDraftsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly EndpointServer _server = new() { Say = question => $"draft of {question}" };
    private readonly TestLog _log = new();

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Drafts_are_asked_once_wait_for_a_review_and_then_become_rows()
    {
        MakingRequest request = Questions(5);
        MakingResult asked = ImportDrafts.Run(request, Drafting(), _log, CancellationToken.None)!;

        Assert.Equal((0, 5, 5), (asked.From.Rows, asked.Review!.Open, _server.Requests.Count));
        Assert.False(File.Exists(request.Output));
        Assert.Contains(_log.Messages, m => m.Contains("5 of 5 are new, at most 0.", StringComparison.Ordinal));
        Assert.All(_log.Steps, s => Assert.StartsWith("Drafts by ", s.Stage, StringComparison.Ordinal));

        Review(request.Sheets[0], ("question 0", "accept"), ("question 1", "accept"), ("question 2", "reject"));
        MakingResult made = ImportDrafts.Run(request, Drafting(), _log, CancellationToken.None)!;
        byte[] rows = File.ReadAllBytes(request.Output), story = File.ReadAllBytes(MadeFrom.PathFor(request.Output));

        Assert.Equal((2, 0, 2, 5), (made.From.Rows, made.From.Unreviewed, made.Review!.Open, _server.Requests.Count));
        Assert.Equal(("ann", "teacher"), (Assert.Single(made.From.Reviewers), made.From.Model!.Name));
        Assert.Empty(_log.Diagnostics);
        Dataset read = DatasetReader.Read([request.Output], DatasetKind.Training, _log, CancellationToken.None, RowOrder.AsWritten)!;
        Assert.Equal(("question 1", "draft of question 1"), (read.Rows[1].LastUserMessage, read.Rows[1].Answer));

        // Once more, at a machine without a budget: nothing is sent, the bytes are the same.
        ImportDrafts.Run(request, Drafting(budget: 0), _log, CancellationToken.None);
        Assert.Equal(5, _server.Requests.Count);
        Assert.Equal(rows, File.ReadAllBytes(request.Output));
        Assert.Equal(story, File.ReadAllBytes(MadeFrom.PathFor(request.Output)));

        // Taken back: rows that nobody stands for any more do not stay.
        Review(request.Sheets[0], ("question 0", "reject"), ("question 1", "reject"));
        ImportDrafts.Run(request, Drafting(), _log, CancellationToken.None);
        Assert.False(File.Exists(request.Output) || File.Exists(MadeFrom.PathFor(request.Output)));
    }

    [Fact]
    public void Nothing_is_sent_that_the_budget_does_not_cover()
    {
        Diagnostic refused = Assert.Throws<DiagnosticException>(() => ImportDrafts.Run(Questions(3), Drafting(budget: 0.0001m), _log, CancellationToken.None)).Diagnostic;

        Assert.Equal("MOPS1155", refused.Code);
        Assert.Contains("-p ModelOpsBudget=0.0", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public void What_was_answered_before_a_failure_is_never_asked_again()
    {
        _server.Fault = number => number == 3 ? EndpointFault.Error(400) : null;
        DraftingRequest one = Drafting() with { Endpoint = Drafting().Endpoint with { MaxConcurrency = 1 } };
        Assert.Equal("MOPS5113", Assert.Throws<DiagnosticException>(() => ImportDrafts.Run(Questions(6), one, _log, CancellationToken.None)).Diagnostic.Code);
        ImportDrafts.Run(Questions(6), one, _log, CancellationToken.None);

        Assert.Equal(6, _server.Answered.Count);
        Assert.Equal(6, _server.Answered.Distinct().Count());
    }

    [Fact]
    public void Unreviewed_rows_are_a_warning_and_stand_in_the_provenance()
    {
        MakingRequest request = Questions(4) with { Unreviewed = true };
        MakingResult made = ImportDrafts.Run(request, Drafting() with { Instructions = "Be brief." }, _log, CancellationToken.None)!;

        Assert.Equal((4, 4), (made.From.Rows, MadeFrom.TryRead(request.Output)!.Unreviewed));
        Assert.Equal(["MOPS1135"], _log.Codes);
        Assert.All(_server.Requests, r => Assert.Equal("Be brief.", (string?)r["messages"]![0]!["content"]));
        Assert.DoesNotContain("Be brief", File.ReadAllText(request.Output), StringComparison.Ordinal);
    }

    [Fact]
    public void Personal_data_is_not_sent_and_empty_drafts_are_left_out()
    {
        MakingRequest request = Questions(2);
        File.AppendAllText(request.Sources[0], """{"question":"mail ann@contoso.com"}""" + "\n");
        Assert.Equal("MOPS1132", Assert.Throws<DiagnosticException>(() => ImportDrafts.Run(request, Drafting(), _log, CancellationToken.None)).Diagnostic.Code);
        Assert.Empty(_server.Requests);

        _server.Say = question => question.EndsWith('1') ? " " : "x";
        MakingResult made = ImportDrafts.Run(request with { PersonalData = PersonalDataRule.Drop }, Drafting(), _log, CancellationToken.None)!;
        Assert.Equal((2, 1, 1), (_server.Requests.Count, made.Review!.Open, made.From.PassedOver[MadeRows.Personal]));
        Assert.Contains("MOPS1156", _log.Codes);
    }

    [Fact]
    public void Raft_drafts_that_quote_nothing_of_their_passage_are_left_out()
    {
        _folder.Write("docs/lifts.md", string.Join("\n\n", Enumerable.Range(0, 8).Select(i => $"Lift {i} stands in hall {i}. {string.Join(' ', Enumerable.Range(0, 80).Select(w => $"w{i}x{w}"))}")));
        string questions = _folder.Write("q.jsonl", string.Join('\n', Enumerable.Range(0, 4).Select(i => $$"""{"question":"Where does lift {{i}} stand?"}""")) + "\n"
            + """{"question":"And lift 7?","answer":"in hall 7","citation":"Lift 7 stands in hall 7"}""");
        _server.Say = asked => asked.Contains("lift 2", StringComparison.Ordinal) ? "##begin_quote##It is gone##end_quote## ##Answer: nowhere"
            : $"##begin_quote##{asked[..asked.IndexOf('.', StringComparison.Ordinal)]}##end_quote## says so.\n##Answer: in its hall";
        var request = new MakingRequest([questions], _folder["data/train/raft.jsonl"]) { Unreviewed = true, Sheets = [_folder["reviews/raft.ann.csv"]] };
        var raft = new RaftRequest([_folder["docs"]], new RaftOptions(2, 0.2));
        MakingResult made = ImportRaft.Run(request, raft, Drafting(), _log, CancellationToken.None)!;

        Assert.Equal((4, 3, 4), (made.From.Rows, made.From.Unreviewed, _server.Requests.Count));
        Assert.Equal(["MOPS1153", "MOPS1135"], _log.Codes);
        Assert.DoesNotContain("It is gone", File.ReadAllText(request.Output), StringComparison.Ordinal);
        Dataset rows = DatasetReader.Read([request.Output], DatasetKind.Training, _log, CancellationToken.None, RowOrder.AsWritten)!;
        Assert.StartsWith("##begin_quote## Lift 7 stands in hall 7 ##end_quote##\n##Answer: in hall 7", rows.Rows[0].Answer, StringComparison.Ordinal);
        Assert.All(rows.Rows, row => Assert.InRange(row.LastUserMessage.Split("\n\n").Length, 3, 4));

        // As the candidate will be asked: by its own prompt file.
        string prompt = _folder.Write("rag.prompty", "---\nname: rag\n---\nsystem:\nUse this.\n{{documents}}\nuser:\n{{input}}\n");
        ImportRaft.Run(request, raft with { Prompt = prompt }, Drafting(budget: 0), _log, CancellationToken.None);
        Dataset prompted = DatasetReader.Read([request.Output], DatasetKind.Training, _log, CancellationToken.None, RowOrder.AsWritten)!;
        Assert.All(prompted.Rows, row => Assert.StartsWith("Use this.\nLift", row.Messages[0].Content, StringComparison.Ordinal));
        Assert.Equal(4, _server.Requests.Count);
    }

    private MakingRequest Questions(int count) => new(
        [_folder.Write("questions.jsonl", string.Concat(Enumerable.Range(0, count).Select(i => $$"""{"question":"question {{i}}"}""" + "\n")))], _folder["data/train/drafts.jsonl"])
    {
        Sheets = [_folder["reviews/drafts.ann.csv"]],
    };

    private DraftingRequest Drafting(decimal budget = 5) => new(
        new EndpointOptions("strong", new Uri(_server.Url), "teacher") { Price = new TokenPrice(2, 8, "USD"), MaxAttempts = 1 }, budget, _folder["store"], _folder["p.csproj"]);

    private static void Review(string sheet, params (string Input, string Decision)[] decisions)
        => File.WriteAllBytes(sheet, Csv.Write(Csv.Read(File.ReadAllText(sheet)).Select(row => decisions.FirstOrDefault(d => d.Input == row.Cells[1]) is { Input: not null } said
            ? [.. row.Cells.Take(3), said.Decision, .. row.Cells.Skip(4)] : row.Cells)));
}
