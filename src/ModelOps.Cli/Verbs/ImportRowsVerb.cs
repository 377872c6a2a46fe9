using System.CommandLine;
using ModelOps.Cli.Making;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Making;
using ModelOps.Pipeline.Making;

namespace ModelOps.Cli.Verbs;

/// <summary><c>modelops import logs|pairs|drafts|raft</c>: rows from what there is.</summary>
internal static class ImportRowsVerb
{
    public static Command Logs(Terminal terminal)
    {
        var options = new MakingOptions("log", "Logs of production as JSON Lines, or folders of them.", "data/train/logs.jsonl");
        Command command = options.AddTo(new Command("logs", "Make rows of what people accepted or corrected in production."), takesUnreviewed: true, takesSheets: false);
        return Runs(command, options, terminal, (result, log, cancellation) => Task.FromResult(ImportLogs.Run(options.Read(result), log, cancellation)));
    }

    public static Command Pairs(Terminal terminal)
    {
        var options = new MakingOptions("source", "Logs with corrections or thumbs, and lines with several answers to one question; JSON Lines.", "data/train/pairs.jsonl", mayBeNone: true);
        var margin = new Option<double>("--margin") { Description = "Least difference of two scores, of ratings as a share of their range; default: any.", HelpName = "number" };
        var ratings = new Option<string?>("--ratings") { Description = "A file of ratings (review import): of each row the answer that was rated best and the one that was rated worst.", HelpName = "file" };
        var question = new Option<string>("--question", "-q") { Description = "The question whose ratings count; default: quality.", HelpName = "name", DefaultValueFactory = _ => "quality" };
        var evaluation = new Option<string>("--evaluation") { Description = "Project, obj/modelops folder or .nupkg whose answers were rated; default: here.", HelpName = "source", DefaultValueFactory = _ => "." };
        Command command = options.AddTo(new Command("pairs", "Make preference pairs of corrections, thumbs, scores, ratings and comparisons.") { margin, ratings, question, evaluation }, takesUnreviewed: false, takesSheets: true);
        return Runs(command, options, terminal, async (result, log, cancellation) =>
        {
            RatedAnswers? rated = null;
            if (result.GetValue(ratings) is { } file)
            {
                EvaluationReport report = (await ReportVerb.FindAsync(result.GetRequiredValue(evaluation), terminal, cancellation).ConfigureAwait(false)).Input.Report;
                rated = new RatedAnswers(report, file, result.GetRequiredValue(question));
            }

            return ImportPairs.Run(options.Read(result), rated, result.GetValue(margin), log, cancellation);
        });
    }

    public static Command Drafts(Terminal terminal)
    {
        var options = new MakingOptions("questions", "Questions as JSON Lines.", "data/train/drafts.jsonl");
        var drafting = new DraftingOptions(isRequired: true);
        Command command = drafting.AddTo(options.AddTo(new Command("drafts", "Have a stronger model draft answers, people review them, and make rows of what they accept. Run it again after the review."), takesUnreviewed: true, takesSheets: true));
        return Runs(command, options, terminal, async (result, log, cancellation) =>
        {
            DraftingRequest request = (await drafting.ReadAsync(result, terminal, cancellation).ConfigureAwait(false))!;
            return await Task.Run(() => ImportDrafts.Run(options.Read(result), request, log, cancellation), CancellationToken.None).ConfigureAwait(false);
        });
    }

    public static Command Raft(Terminal terminal)
    {
        var options = new MakingOptions("questions", "Questions as JSON Lines, with 'answer' and 'citation' where they are known.", "data/train/raft.jsonl");
        var drafting = new DraftingOptions(isRequired: false);
        var documents = new Option<string[]>("--documents", "-d") { Description = "Text files, or folders whose .md and .txt files are taken; repeatable.", HelpName = "path", Required = true };
        var distractors = new Option<int>("--distractors") { Description = "Passages that do not answer the question; default: 4.", HelpName = "n", DefaultValueFactory = _ => new RaftOptions().Distractors };
        var without = new Option<double>("--without-golden") { Description = "Share of the rows that lack the passage that answers them; default: 0.2.", HelpName = "share", DefaultValueFactory = _ => new RaftOptions().WithoutGolden };
        var seed = new Option<ulong>("--seed") { Description = "Of the choice of passages and their order; default: 1.", HelpName = "n", DefaultValueFactory = _ => new RaftOptions().Seed };
        var prompt = new Option<string?>("--prompt") { Description = "A .prompty file with {{documents}} and {{input}} that says how a row asks: that of the CandidatePrompt.", HelpName = "file" };
        distractors.Validators.Add(result => Require(result.GetValueOrDefault<int>() is >= 0 and <= 100, result, "--distractors expects a number from 0 to 100."));
        without.Validators.Add(result => Require(result.GetValueOrDefault<double>() is >= 0 and <= 1, result, "--without-golden expects a share from 0 to 1."));
        Command command = drafting.AddTo(options.AddTo(
            new Command("raft", "Make rows for retrieval-augmented fine-tuning of questions and documents.") { documents, distractors, without, seed, prompt }, takesUnreviewed: true, takesSheets: true));
        return Runs(command, options, terminal, async (result, log, cancellation) =>
        {
            DraftingRequest? request = await drafting.ReadAsync(result, terminal, cancellation).ConfigureAwait(false);
            var raft = new RaftRequest(result.GetRequiredValue(documents), new RaftOptions(result.GetValue(distractors), result.GetValue(without), result.GetValue(seed)), result.GetValue(prompt));
            return await Task.Run(() => ImportRaft.Run(options.Read(result), raft, request, log, cancellation), CancellationToken.None).ConfigureAwait(false);
        });
    }

    private static void Require(bool holds, System.CommandLine.Parsing.OptionResult result, string expected)
    {
        if (!holds)
        {
            result.AddError(expected);
        }
    }

    private static Command Runs(Command command, MakingOptions options, Terminal terminal, Func<ParseResult, IStageLog, CancellationToken, Task<MakingResult?>> run)
    {
        command.SetAction(async (result, cancellation) =>
        {
            var log = new TerminalLog(terminal);
            try
            {
                if (await run(result, log, cancellation).ConfigureAwait(false) is not { } made)
                {
                    return ExitCode.BadInput;
                }

                log.Finish();
                terminal.Out.WriteLine(options.Json(result) ? JsonOutput.Of(Json(command.Name, made, options.Read(result).Sheets)) : $"{made.File}: {made.Story}");
                return ExitCode.Ok;
            }
            finally
            {
                log.Finish();
            }
        });
        return command;
    }

    private static object Json(string verb, MakingResult made, IReadOnlyList<string> sheets) => new
    {
        verb = $"import {verb}",
        file = Path.GetFullPath(made.File),
        provenance = Path.GetFullPath(MadeFrom.PathFor(made.File)),
        rows = made.From.Rows,
        unreviewed = made.From.Unreviewed,
        passedOver = made.From.PassedOver,
        reviewers = made.From.Reviewers,
        review = made.Review,
        sheets = sheets.Where(File.Exists).Select(Path.GetFullPath),
        digest = made.From.Data.ToString(),
    };
}
