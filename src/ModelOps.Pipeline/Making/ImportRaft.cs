using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Prompts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Making;
using ModelOps.Core.Protocol;

namespace ModelOps.Pipeline.Making;

/// <summary>What rows of questions and documents are made of.</summary>
/// <param name="Documents">Files, or folders whose <c>*.md</c> and <c>*.txt</c> files are taken.</param>
/// <param name="Prompt">A prompt file with <c>{{documents}}</c> and <c>{{input}}</c> that says how a row asks; null: passages, an empty line, the question.</param>
public sealed record RaftRequest(IReadOnlyList<string> Documents, RaftOptions Options, string? Prompt = null);

/// <summary>Rows for retrieval-augmented fine-tuning. Answers come with the questions, or a stronger model drafts them and people review them.</summary>
public static class ImportRaft
{
    /// <summary>What a model is told that drafts an answer from a passage, unless a person tells it something else.</summary>
    private const string Instructions =
        $"Answer the question from the passage alone. First quote the words that the answer rests on, exactly as they stand there, between {Citation.Begin} and {Citation.End}, and say in one sentence why they answer it. "
        + $"End with a line that begins with {Citation.Answer} and holds nothing but the answer.";

    /// <param name="drafting">Null: every question has its answer.</param>
    /// <returns>Null when a question cannot be used; the problems were reported.</returns>
    /// <exception cref="DiagnosticException">What <see cref="ImportDrafts"/> throws, <c>MOPS1152</c>, or a prompt file's problem.</exception>
    public static MakingResult? Run(MakingRequest request, RaftRequest raft, DraftingRequest? drafting, IStageLog log, CancellationToken cancellation)
    {
        MadeFile.RequireOurs(request.Output);
        PromptyFile? prompt = raft.Prompt is { } path ? PromptyFile.Load(path) : null;
        prompt?.CheckPlaceholders([PromptyFile.DocumentsPlaceholder]);
        string[] files = MakingSources.Files(request.Sources, ".jsonl"), documents = MakingSources.Files(raft.Documents, ".md", ".txt");
        var library = PassageLibrary.Of(documents.Select(file => (Path.GetFileName(file), MakingSources.Text(file))));
        if (QuestionFile.Read(files, log) is not { } questions || RaftRows.Arrange(questions, library, raft.Options, drafting is not null, log) is not { } arranged)
        {
            return null;
        }

        var rows = new MadeRows(files.FirstOrDefault() ?? request.Output, request.PersonalData);
        foreach (RaftQuestion item in arranged.Where(i => i.Question.Answer is not null))
        {
            Question q = item.Question;
            rows.Add(MadeRow.Conversation(Asked(item, prompt), q.Citation is { } words ? Citation.Cited(q.Answer!, words) : q.Answer!, q.At, q.Texts, q.Slice));
        }

        KeyFields settings = new KeyFields().Add("documents", library.Digest).Add("distractors", raft.Options.Distractors).Add("withoutGolden", raft.Options.WithoutGolden)
            .Add("seed", raft.Options.Seed).Add("prompt", prompt?.ToFields() ?? new KeyFields()).Add("unreviewed", request.Unreviewed).Add("personalData", ImportLogs.Word(request.PersonalData));
        var about = new MadeFrom("raft", default, 0) { Settings = settings };
        RaftQuestion[] open = [.. arranged.Where(i => i.Question.Answer is null)];
        DraftCounts? review = null;
        if (drafting is not null && open.Length > 0)
        {
            (about, review) = Draft(request, drafting, rows, open, about, prompt, log, cancellation);
        }

        about = about with { Inputs = [.. files.Concat(documents).Concat(review is null ? [] : request.Sheets.Where(File.Exists)).Select(MadeInput.Of)] };
        MadeFrom made = MadeFile.Write(request.Output, rows, about, log, mayBeEmpty: review is not null);
        string story = $"{MakingSources.Rows(made.Rows)} of {arranged.Count} questions over {library.Count} passages, {arranged.Count(i => !i.HasGolden)} questions without the passage that answers them";
        return new MakingResult(request.Output, made, review is null ? story + MakingSources.PassedOver(made.PassedOver) : $"{story}; {ImportDrafts.Story(review, request)}", review);
    }

    private static (MadeFrom About, DraftCounts Review) Draft(
        MakingRequest request, DraftingRequest drafting, MadeRows rows, RaftQuestion[] open, MadeFrom about, PromptyFile? prompt, IStageLog log, CancellationToken cancellation)
    {
        // The passage goes to somebody else's machine as well.
        IReadOnlyList<RaftQuestion> asked = rows.MaySend(open, i => [.. i.Question.Texts, new PlacedText(i.Question.At, i.Golden)], log);
        var model = new DraftModel(drafting.Instructions.Length == 0 ? drafting with { Instructions = Instructions } : drafting, log, cancellation);
        (IReadOnlyList<string?> texts, MadeModel who) = model.Ask([.. asked.Select(i => (IReadOnlyList<PromptMessage>)[new PromptMessage("user", $"{i.Golden}\n\n{i.Question.Text}")])]);
        (RaftQuestion Item, string? Text)[] answered = [.. asked.Zip(texts)];
        rows.PassOver("cut or empty", answered.Count(a => a.Text is null));
        RaftQuestion[] unfounded = [.. answered.Where(a => a.Text is { } text && !RaftRows.IsCited(text, a.Item.Golden)).Select(a => a.Item)];
        if (unfounded.Length > 0)
        {
            rows.PassOver("without a quote from the passage", unfounded.Length);
            log.Report(MakingErrors.DraftsNotCited(unfounded[0].Question.At, unfounded.Length, answered.Length));
        }

        Draft[] drafts = [.. answered.Where(a => a.Text is { } text && RaftRows.IsCited(text, a.Item.Golden))
            .Select(a => new Draft(a.Item.Question.At, Asked(a.Item, prompt), $"{a.Item.Golden}\n\n{a.Item.Question.Text}", a.Text!) { Texts = [new PlacedText(a.Item.Question.At, a.Text!)], Slice = a.Item.Question.Slice })];
        DraftDecisions decisions = DraftDecisions.Collect(drafts, request.Sheets);
        DraftCounts review = decisions.AddTo(rows, drafts, request.Unreviewed);
        return (about with { Model = who, Reviewers = decisions.Reviewers, Settings = model.AddTo(about.Settings) }, review);
    }

    /// <summary>How the row asks: what comes before the question stays.</summary>
    private static IReadOnlyList<PromptMessage> Asked(RaftQuestion item, PromptyFile? prompt)
    {
        string passages = string.Join("\n\n", item.Shown);
        return prompt is null ? [.. item.Question.Prompt.SkipLast(1), new PromptMessage("user", $"{passages}\n\n{item.Question.Text}")]
            : prompt.Render(new EvaluationItem("", item.Question.Prompt, ""), [], passages);
    }
}
