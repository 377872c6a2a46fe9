using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Trainers;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>One training at each provider, undisturbed, refused, and disturbed in every way that has a code of its own.</summary>
public sealed class RemoteTrainingTests : IDisposable
{
    private readonly Machine _machine = new();

    public static TheoryData<string> Providers => [.. ProviderCase.Names];

    public static TheoryData<string> OfPairs => [.. RemoteTrainers.All.Where(t => t.Methods.Contains("dpo")).Select(t => t.Name)];

    public void Dispose() => _machine.Dispose();

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_training_uploads_once_asks_once_and_comes_back_with_the_model(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);

        RemoteJob? job = await _machine.BuildAsync(provider);

        Assert.NotNull(job?.Model);
        Assert.Equal(provider.Tokens, job.TrainedTokens);
        Assert.Single(provider.Fake.Requests, request => provider.IsUpload(request));
        Assert.Single(provider.Fake.Requests, request => provider.IsCreation(request));
        Assert.Equal(1, provider.Paid);
        Assert.Empty(provider.Fake.NotAllowed);
        Assert.Equal(provider.Trainer.Weights == TrainedWeights.Downloaded, File.Exists(Path.Combine(_machine.Output, "adapter_model.safetensors")));
        Assert.Empty(Directory.GetFiles(Path.Combine(_machine.Store, "remote")));
    }

    [Theory]
    [MemberData(nameof(OfPairs))]
    public async Task Preference_pairs_are_trained_on_as_pairs(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        _machine.Options = new TrainOptions { Objective = "dpo", DpoBeta = 0.2 };

        Assert.NotNull(await _machine.BuildAsync(provider));

        string created = Encoding.UTF8.GetString(provider.Fake.Requests.Where(provider.IsCreation).Single().Body);
        Assert.Contains("beta\":0.2", created, StringComparison.Ordinal);
        Assert.Empty(provider.Fake.NotAllowed);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Rows_travel_as_they_are_and_the_same_rows_are_the_same_file(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);

        await _machine.BuildAsync(provider);
        _machine.TrainingKey = new string('b', 64);
        await _machine.BuildAsync(provider);

        byte[] sent = provider.Fake.Requests.Where(provider.IsUpload).Single().Body;
        Assert.Contains(provider.FirstRow, Encoding.UTF8.GetString(sent), StringComparison.Ordinal);
        Assert.Equal(2, provider.Paid);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Without_consent_nothing_is_uploaded_and_nothing_created(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        _machine.Budget = 0;

        Diagnostic problem = await _machine.FailureAsync(provider);

        Assert.Equal("MOPS3106", problem.Code);
        Assert.All(provider.Fake.Requests.Where(r => !provider.IsSignIn(r)), request => Assert.Equal("GET", request.Method));
        _machine.Key = null;
        int before = provider.Fake.Requests.Count;
        Assert.Equal("MOPS3106", (await _machine.FailureAsync(provider)).Code);
        Assert.Equal(before, provider.Fake.Requests.Count);
        _machine.Budget = 10;
        Assert.Equal("MOPS3103", (await _machine.FailureAsync(provider)).Code);
        Assert.Equal(before, provider.Fake.Requests.Count);

        // The project's limit holds whatever the budget says.
        _machine.MaxCost = 0.0000001m;
        Assert.Equal("MOPS3191", (await _machine.FailureAsync(provider)).Code);
        Assert.Equal(before, provider.Fake.Requests.Count);
        _machine.Key = FakeProvider.Key;
        Assert.Equal("MOPS3191", (await _machine.FailureAsync(provider)).Code);
        Assert.All(provider.Fake.Requests.Where(r => !provider.IsSignIn(r)), request => Assert.Equal("GET", request.Method));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_build_that_does_not_wait_leaves_the_job_to_the_next_one(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        _machine.Wait = false;

        Assert.Null(await _machine.BuildAsync(provider));
        Assert.Contains(_machine.Reported, d => d is { Code: "MOPS3115", Severity: DiagnosticSeverity.Warning });
        _machine.Wait = true;
        _machine.Budget = 0; // what was begun with consent needs no second one

        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.Equal(1, provider.Paid);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Another_machine_attaches_to_a_job_that_it_finds_in_the_list(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        using var other = new Machine { Budget = 0 };
        _machine.Wait = false;
        await _machine.BuildAsync(provider);

        Assert.NotNull(await other.BuildAsync(provider));

        Assert.Single(provider.Jobs());
        Assert.DoesNotContain(other.Log, line => line.Contains("at most", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Force_trains_again_and_a_forced_training_that_was_killed_is_followed(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        await _machine.BuildAsync(provider);
        (_machine.Force, _machine.Wait) = (true, false);

        Assert.Null(await _machine.BuildAsync(provider));
        _machine.Wait = true;
        RemoteJob? second = await _machine.BuildAsync(provider);

        Assert.Equal(2, provider.Jobs().Count);
        Assert.Equal(provider.Jobs()[1].Id, second!.Id);
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("openai", true)]
    [InlineData("together", false)]
    [InlineData("together", true)]
    [InlineData("fireworks", false)]
    [InlineData("fireworks", true)]
    [InlineData("bedrock", false)]
    [InlineData("bedrock", true)]
    [InlineData("azure", false)]
    [InlineData("azure", true)]
    [InlineData("vertex", false)]
    [InlineData("vertex", true)]
    public async Task Whoever_is_cancelled_lets_go_or_cancels_as_it_was_told(string name, bool cancels)
    {
        ProviderCase provider = ProviderCase.Of(name);
        using var end = new CancellationTokenSource();
        provider.Fake.Fault = (request, _) =>
        {
            if (request.Method == "GET" && provider.Jobs() is [var job, ..] && request.Path.EndsWith(job.Id, StringComparison.Ordinal))
            {
                end.Cancel();
            }

            return null;
        };
        _machine.CancelOnExit = cancels;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _machine.BuildAsync(provider, end.Token));
        Assert.Equal(cancels ? 0 : 1, provider.Alive);

        provider.Fake.Fault = (_, _) => null;
        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.Equal(cancels ? 2 : 1, provider.Jobs().Count);
        Assert.Equal(1, provider.Paid);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task What_goes_wrong_there_is_one_coded_error(string name)
    {
        foreach ((Switch turned, string code) in new[] { (Switch.FailsValidation, "MOPS3112"), (Switch.LosesJobs, "MOPS3114") })
        {
            ProviderCase provider = ProviderCase.Of(name);
            provider.Turn(turned);

            Assert.Equal(code, (await _machine.FailureAsync(provider)).Code);
            Assert.InRange(provider.Jobs().Count, 1, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_word_that_nobody_knows_is_waited_out_and_after_a_day_said(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        provider.Turn(Switch.StrangeStatus);
        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.Contains(_machine.Log, line => line.Contains("pondering, a word that this version does not know", StringComparison.Ordinal));

        provider.Turn(Switch.StuckStatus);
        _machine.TrainingKey = new string('d', 64);
        Assert.Equal("MOPS3118", (await _machine.FailureAsync(provider)).Code);
        provider.Turn(Switch.None);
        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.Equal(2, provider.Paid);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task An_upload_that_expired_is_uploaded_again(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        provider.Turn(Switch.ForgetsFiles);

        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.Equal(2, provider.Fake.Requests.Where(provider.IsUpload).Count());
        Assert.Equal(1, provider.Paid);
    }

    [Fact]
    public async Task A_damaged_download_is_asked_for_again_and_refused_in_the_end()
    {
        ProviderCase provider = ProviderCase.Of("together");
        provider.Turn(Switch.BadDownloads);
        Assert.NotNull(await _machine.BuildAsync(provider));
        ((FakeTogether)provider.Fake).BadDownloads = 99;
        _machine.TrainingKey = new string('c', 64);

        Assert.Equal("MOPS3120", (await _machine.FailureAsync(provider)).Code);

        ((FakeTogether)provider.Fake).BadDownloads = 0;
        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.Equal(2, provider.Paid);
    }

    [Fact]
    public async Task What_the_provider_estimates_must_be_covered_too()
    {
        ProviderCase provider = ProviderCase.Of("together");
        ((FakeTogether)provider.Fake).Price = 11;
        Assert.Equal("MOPS3107", (await _machine.FailureAsync(provider)).Code);
        ((FakeTogether)provider.Fake).AllowedToProceed = false;
        Assert.Equal("MOPS3109", (await _machine.FailureAsync(provider)).Code);
        Assert.Empty(provider.Jobs());
    }

    [Fact]
    public async Task A_model_that_retires_and_a_service_that_ends_are_warnings()
    {
        ProviderCase provider = ProviderCase.Of("openai");
        ((FakeOpenAi)provider.Fake).Shutdown = "2027-01-14";

        await _machine.BuildAsync(provider);

        Assert.Contains(_machine.Reported, d => d.Code == "MOPS3116" && d.Message.Contains("2027-01-14", StringComparison.Ordinal));
        Assert.Contains(_machine.Reported, d => d.Code == "MOPS3117");
    }

    [Theory]
    [InlineData("openai", 401, "", "MOPS3108")]
    [InlineData("openai", 403, "", "MOPS3108")]
    [InlineData("openai", 422, "", "MOPS3108")]
    [InlineData("openai", 429, "insufficient_quota", "MOPS3109")]
    [InlineData("together", 401, "", "MOPS3108")]
    [InlineData("together", 402, "", "MOPS3109")]
    [InlineData("together", 429, "", "MOPS3110")]
    [InlineData("openai", 500, "", "MOPS3110")]
    [InlineData("bedrock", 401, "", "MOPS3108")]
    [InlineData("bedrock", 403, "AccessDeniedException", "MOPS3108")]
    [InlineData("bedrock", 400, "ServiceQuotaExceededException", "MOPS3109")]
    [InlineData("bedrock", 429, "ThrottlingException", "MOPS3110")]
    [InlineData("azure", 401, "", "MOPS3108")]
    [InlineData("azure", 429, "insufficient_quota", "MOPS3109")]
    [InlineData("vertex", 401, "", "MOPS3137")]
    [InlineData("vertex", 429, "", "MOPS3110")]
    [InlineData("vertex", 500, "", "MOPS3110")]
    public async Task A_status_that_stays_is_one_coded_error_and_tells_no_key(string name, int status, string code, string expected)
    {
        ProviderCase provider = ProviderCase.Of(name);
        provider.Fake.Fault = (_, _) => new FakeFault(FakeFaultKind.Status, status, code);

        Diagnostic problem = await _machine.FailureAsync(provider);

        Assert.Equal(expected, problem.Code);
        Assert.DoesNotContain(FakeProvider.Key, problem.Message, StringComparison.Ordinal);
        Assert.Empty(provider.Jobs());
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_creation_is_not_repeated_while_its_job_may_exist(string name)
    {
        foreach (FakeFaultKind kind in new[] { FakeFaultKind.DropAfter, FakeFaultKind.Hang, FakeFaultKind.HalfAnswer })
        {
            _machine.Patience = TimeSpan.FromMilliseconds(300);
            ProviderCase provider = ProviderCase.Of(name);
            provider.Turn(Switch.ListLag);
            provider.Fake.Fault = (request, _) => provider.IsCreation(request) ? new FakeFault(kind) : null;

            Assert.NotNull(await _machine.BuildAsync(provider));
            Assert.Single(provider.Fake.Requests, request => provider.IsCreation(request));
        }
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_server_that_asks_to_wait_is_waited_for(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        int left = 2;
        provider.Fake.Fault = (request, _) => provider.IsCreation(request) && left-- > 0
            ? new FakeFault(FakeFaultKind.Status, left == 0 ? 503 : 429) { Headers = { ["Retry-After"] = "17" } } : null;

        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.Equal(2, _machine.Time.Waits.Count(w => w == 17));
        Assert.Equal(1, provider.Paid);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Of_two_machines_that_ask_at_once_one_job_stays(string name)
    {
        ProviderCase provider = ProviderCase.Of(name);
        using var other = new Machine();
        bool raced = false;
        _machine.Between = inner => new Before(inner, async request =>
        {
            if (!raced && provider.IsCreation(new FakeRequest(request.Method.Method, request.RequestUri!.AbsolutePath.Replace("/v1/", "/", StringComparison.Ordinal), new Dictionary<string, string>(), new Dictionary<string, string>(), [])))
            {
                raced = true;
                other.Wait = false;
                await other.BuildAsync(provider); // its job is older
            }
        });

        RemoteJob? job = await _machine.BuildAsync(provider);
        other.Wait = true;
        RemoteJob? same = await other.BuildAsync(provider);

        Assert.Equal(provider.Trainer.NamesJobs ? 1 : 2, provider.Jobs().Count); // one name, one job
        Assert.Equal(1, provider.Paid);
        Assert.Equal((job!.Id, 0), (same!.Id, provider.Alive));
    }

    [Fact]
    public void Every_setting_that_is_said_to_be_sent_changes_what_is_sent()
    {
        foreach (TrainerDescription trainer in RemoteTrainers.All.SelectMany(t => t.Families.Append(t)))
        {
            foreach ((string name, TrainerSettings changed, bool dpo) in Changes())
            {
                var usual = new TrainerSettings(new TrainOptions { Objective = dpo ? "dpo" : "sft" }, null);
                bool moves = !JsonNode.DeepEquals(trainer.Translate(usual), trainer.Translate(changed));
                Assert.True(trainer.Sent.ContainsKey(name) == moves, $"{trainer.Title}: {name}");
                Assert.True(trainer.Sent.ContainsKey(name) != trainer.NotSent.ContainsKey(name), $"{trainer.Title} must say of {name} whether it is sent");
            }

            Assert.Equal(Changes().Select(c => c.Name).Order(StringComparer.Ordinal), trainer.Sent.Keys.Concat(trainer.NotSent.Keys).Order(StringComparer.Ordinal));
        }
    }

    private static IEnumerable<(string Name, TrainerSettings Changed, bool Dpo)> Changes()
    {
        var o = new TrainOptions();
        foreach ((string name, TrainOptions options) in new (string, TrainOptions)[]
        {
            ("Epochs", o with { Epochs = 7 }), ("BatchSize", o with { BatchSize = 3 }), ("GradientAccumulationSteps", o with { GradientAccumulationSteps = 2 }), ("LearningRate", o with { LearningRate = 2e-5 }),
            ("LearningRateSchedule", o with { Schedule = "linear" }), ("WarmupRatio", o with { WarmupRatio = 0.2 }), ("MaxGradNorm", o with { MaxGradNorm = 0.3 }), ("WeightDecay", o with { WeightDecay = 0.1 }),
            ("Seed", o with { Seed = 7 }), ("MaxSequenceLength", o with { MaxSequenceLength = 77 }), ("LoraRank", o with { LoraRank = 4 }), ("LoraAlpha", o with { LoraAlpha = 5 }),
            ("LoraDropout", o with { LoraDropout = 0.1 }), ("LoraTargetModules", o with { TargetModules = ["q_proj"] }), ("UseRsLora", o with { UseRsLora = true }), ("QuantizationType", o with { QuantizationType = "int8" }),
            ("MaxSteps", o with { MaxSteps = 9 }), ("EvaluationSteps", o with { EvaluationSteps = 9 }), ("EarlyStoppingPatience", o with { EarlyStoppingPatience = 2 }),
            ("EarlyStoppingThreshold", o with { EarlyStoppingThreshold = 0.1 }), ("LoadBestModelAtEnd", o with { LoadBestModelAtEnd = true }), ("PreserveDataOrder", o with { PreserveDataOrder = true }),
        })
        {
            yield return (name, new TrainerSettings(options, null), false);
        }

        yield return ("DpoBeta", new TrainerSettings(o with { Objective = "dpo", DpoBeta = 0.7 }, null), true);
        yield return ("DpoLabelSmoothing", new TrainerSettings(o with { Objective = "dpo", DpoLabelSmoothing = 0.1 }, null), true);
        yield return ("LearningRateMultiplier", new TrainerSettings(o, 0.3), false);
    }

    private sealed class Before(HttpMessageHandler inner, Func<HttpRequestMessage, Task> act) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await act(request);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
