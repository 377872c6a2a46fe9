using ModelOps.Core.Advising;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Evaluation.Metrics;
using ModelOps.Pipeline.Advising;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;

namespace ModelOps.Pipeline.Tests.Advising;

public sealed class EconomyReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Counted_tokens_prices_of_the_list_and_hours_of_people_make_the_sum()
    {
        _folder.Write("prices.json", """[{"trainer":"openai","model":"m","training":3,"trainingMinimum":4,"prompt":0.3,"completion":1.2,"storageMonth":2,"date":"2024-01-01","source":"https://prices.test"}]""");
        _folder.Write("obj/adapter/training.json", """{"steps":[{"loss":2,"tokens":1500000},{"loss":1,"tokens":500000}]}""");

        TrainingEconomy money = Read(new AdviseMoney { HourRate = 50, DataHours = 10, MaintenanceHoursPerMonth = 1 })!;

        // 2 M tokens at 3; four trainings; a thousand requests of 100 and 10 tokens tuned, 1,000 and 10 at the endpoint.
        Assert.Equal((6, 2_000_000L, true, "USD"), (money.Training, money.TrainingTokens, money.TokensAreExact, money.Currency));
        Assert.Equal((4 * (6 + money.Evaluation!.Value)) + 500, money.Once, 9);
        Assert.Equal(52, money.Monthly, 9);
        Assert.Equal((0.042, 1.016), (Math.Round(money.TunedThousand!.Value, 9), Math.Round(money.UntunedThousand!.Value, 9)));
        Assert.Equal("MOPS3190", Assert.Single(_log.Diagnostics).Code);
    }

    [Fact]
    public void Without_a_training_tokens_are_counted_by_the_model_or_else_estimated_and_a_minimum_holds()
    {
        _folder.Write("prices.json", """[{"trainer":"openai","model":"m","training":3,"trainingMinimum":4,"date":"2999-01-01","source":"https://prices.test"}]""");
        _folder.Write("obj/rows/train.jsonl", new string('x', 300));

        Assert.Equal((4, 800L, true), Training(Read(null, () => 400)!));
        Assert.Equal((4, 200L, false), Training(Read(null)!));
        Assert.Null(Read(null)!.PaybackMonths);

        static (double?, long?, bool) Training(TrainingEconomy money) => (money.Training, money.TrainingTokens, money.TokensAreExact);
    }

    [Fact]
    public void Where_nobody_speaks_of_money_nothing_is_said()
        => Assert.Null(EconomyReader.Read(TestInputs.Of(_folder["p.csproj"]), new StageFiles(_folder["obj"]), new AdviceEvidence { TrainingRows = 1 }, new AdviceFacts(), null, () => 1, _log));

    private TrainingEconomy? Read(AdviseMoney? people, Func<long?>? count = null)
    {
        var sample = new RightWrongSample([true, false]);
        var evidence = new AdviceEvidence
        {
            TrainingRows = 10,
            Subjects =
            [
                new AdviceSubject("candidate", SubjectKind.Candidate, SubjectTechnique.FineTune, sample) { PromptTokens = 100, CompletionTokens = 10 },
                new AdviceSubject("large", SubjectKind.Baseline, SubjectTechnique.Prompt, sample) { Asked = "large", PromptTokens = 1000, CompletionTokens = 10, Price = new TokenPrice(1, 1.6, "USD") },
            ],
        };
        return EconomyReader.Read(
            TestInputs.Of(_folder["p.csproj"], (Names.Trainer, "openai"), (Names.ProviderModel, "m"), (Names.ModelOpsPrices, "prices.json"), (Names.Epochs, "2")), new StageFiles(_folder["obj"]), evidence,
            new AdviceFacts { RequestsPerMonth = 1000 }, people, count ?? (() => null), _log);
    }
}
