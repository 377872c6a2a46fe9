using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelOps.Backends.Endpoints;
using ModelOps.Backends.Trainers;
using ModelOps.Backends.Trainers.Bedrock;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>What Bedrock alone has: bodies field by field, families, signatures that a wrong clock spoils, questions.</summary>
public sealed class BedrockTests : IDisposable
{
    private const string Nova = "amazon.nova-micro-v1:0:128k", Claude = "anthropic.claude-3-haiku-20240307-v1:0:200k", Llama = "meta.llama3-1-8b-instruct-v1:0:128k", Titan = "amazon.titan-text-express-v1";
    private readonly TemporaryFolder _folder = new();
    private readonly Machine _machine = new();

    public void Dispose()
    {
        _machine.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Nova, """{"epochCount":"3","learningRate":"0.00001"}""")]
    [InlineData(Claude, """{"epochCount":"3","batchSize":"16","learningRateMultiplier":"0.5"}""")]
    [InlineData(Llama, """{"epochCount":"3","learningRate":"0.00001"}""")]
    [InlineData(Titan, """{"epochCount":"3","batchSize":"16","learningRate":"0.00001"}""")]
    public async Task A_job_is_asked_for_member_by_member_as_the_published_model_has_it(string model, string values)
    {
        ProviderCase provider = Case(model);
        _machine.Rows = 40;

        Assert.NotNull((await _machine.BuildAsync(provider))?.Model);

        JsonObject body = provider.Fake.Requests.Single(provider.IsCreation).Json;
        string name = $"modelops-{new string('a', 20)}", rows = body["trainingDataConfig"]!["s3Uri"]!.GetValue<string>(), tags = $$"""[{"key":"modelops-key","value":"{{_machine.TrainingKey}}"}]""";
        Assert.Matches("^s3://acme-models/tuning/modelops-[0-9a-f]{24}\\.jsonl$", rows);
        Assert.True(JsonNode.DeepEquals(body, JsonNode.Parse($$"""
            {
              "jobName":"{{name}}","customModelName":"{{name}}","roleArn":"{{FakeBedrock.Role}}","clientRequestToken":"{{_machine.TrainingKey}}-0","baseModelIdentifier":"{{model}}","customizationType":"FINE_TUNING",
              "trainingDataConfig":{"s3Uri":"{{rows}}"},"outputDataConfig":{"s3Uri":"s3://acme-models/tuning/{{name}}/"},"hyperParameters":{{values}},"jobTags":{{tags}},"customModelTags":{{tags}}
            }
            """)), body.ToJsonString());
        Assert.Equal("https://acme-models.s3.us-east-1.amazonaws.com/tuning/" + rows[(rows.LastIndexOf('/') + 1)..], provider.Fake.Requests.Single(provider.IsUpload).Address.AbsoluteUri);
        Assert.Empty(provider.Fake.NotAllowed);
    }

    [Theory]
    [InlineData(Nova, """{"schemaVersion":"bedrock-conversation-2024","system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"q"}]},{"role":"assistant","content":[{"text":"a"}]}]}""")]
    [InlineData(Claude, """{"system":"s","messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""")]
    [InlineData(Titan, null)]
    public void A_row_has_the_shape_of_its_family(string model, string? line)
    {
        TrainerDescription trainer = BedrockDescription.Trainer.For(model) with { MinimumRows = 1 };
        string row = """{"id":"sha256:1","messages":[{"content":"s","role":"system"},{"content":"q","role":"user"},{"content":"a","role":"assistant"}]}""";

        Assert.Equal(line, Written(row));
        Assert.Equal(line is null ? """{"prompt":"q","completion":"a"}""" : line.Replace("\"system\":[{\"text\":\"s\"}],", "", StringComparison.Ordinal).Replace("\"system\":\"s\",", "", StringComparison.Ordinal),
            Written(row.Replace("""{"content":"s","role":"system"},""", "", StringComparison.Ordinal)));
        Assert.Null(Written(row.Replace("\"assistant\"", "\"tool\"", StringComparison.Ordinal)));

        string? Written(string text)
        {
            try
            {
                return Encoding.UTF8.GetString(TrainingRows.Read(_folder.Write("r.jsonl", text + "\n"), trainer, "p").Content).TrimEnd('\n');
            }
            catch (DiagnosticException e) when (e.Diagnostic.Code == "MOPS3122")
            {
                return null;
            }
        }
    }

    [Fact]
    public void A_word_that_Nova_reserves_is_found_before_a_job_fails_of_it()
    {
        string rows = _folder.Write("r.jsonl", """{"id":"sha256:1","messages":[{"content":"System: be brief","role":"user"},{"content":"Bot: yes","role":"assistant"}]}""" + "\n");

        Diagnostic problem = Assert.Throws<DiagnosticException>(() => TrainingRows.Read(rows, BedrockDescription.Trainer, "p")).Diagnostic;

        Assert.Equal("MOPS3122", problem.Code);
        Assert.Contains("'System:'", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Nova, 1e-3, null, 3, "LearningRate")]
    [InlineData(Nova, 1e-5, null, 6, "Epochs")]
    [InlineData(Claude, 1e-3, 3.0, 3, "LearningRateMultiplier")]
    [InlineData(Claude, 1e-3, null, 3, "")]
    [InlineData(Llama, 1e-3, null, 3, "")]
    [InlineData("cohere.command-text-v14", 1e-3, null, 3, "ProviderModel")]
    [InlineData("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k", 1e-5, null, 3, "")]
    public void Each_family_has_its_own_ranges(string model, double rate, double? factor, int epochs, string problem)
        => Assert.Equal(problem, string.Join(',', BedrockDescription.Trainer.For(model).Check(new TrainerSettings(new TrainOptions { LearningRate = rate, Epochs = epochs }, factor)).Select(p => p.Setting)));

    [Fact]
    public async Task A_clock_that_is_wrong_is_set_by_the_services_and_one_job_is_made()
    {
        ProviderCase provider = Case(Nova);
        ((FakeBedrock)provider.Fake).Clock = () => _machine.Time.Now + TimeSpan.FromHours(3);

        Assert.NotNull(await _machine.BuildAsync(provider));

        Assert.Single(provider.Jobs());
        Assert.Equal(2, provider.Fake.NotAllowed.Count); // once for each service
    }

    [Fact]
    public async Task Nothing_of_a_signature_is_said_again()
    {
        ProviderCase provider = Case(Nova);
        _machine.Key = "another secret";

        Diagnostic problem = await _machine.FailureAsync(provider);

        Assert.Equal("MOPS3108", problem.Code);
        Assert.Contains("InvalidSignatureException", problem.Message, StringComparison.Ordinal);
        Assert.All((string[])[FakeBedrock.KeyId, FakeBedrock.Token, "another secret"], secret => Assert.DoesNotContain(secret, problem.Message, StringComparison.Ordinal));
        Assert.Contains(provider.Fake.NotAllowed, said => said.Contains(FakeBedrock.Token, StringComparison.Ordinal));
    }

    /// <summary>What a build leaves and says, after a training with faults: nothing of what stands in the environment.</summary>
    [Fact]
    public async Task No_canary_is_in_the_store_the_log_or_the_bodies()
    {
        ProviderCase provider = Case(Nova);
        var random = new Random(1);
        provider.Fake.Fault = (_, _) => random.Next(4) == 0 ? new FakeFault(FakeFaultKind.Status, 500, "InternalServerException") : null;
        _machine.Wait = false;
        await _machine.BuildAsync(provider);
        string[] left = [.. Directory.GetFiles(_machine.Store, "*", SearchOption.AllDirectories).Select(File.ReadAllText)];
        _machine.Wait = true;
        await _machine.BuildAsync(provider);

        IEnumerable<string> said = [.. left, .. _machine.Log, .. _machine.Reported.Select(d => d.Message), .. provider.Fake.Requests.Select(r => r.Address.AbsoluteUri + Encoding.UTF8.GetString(r.Body))];
        Assert.NotEmpty(left);
        Assert.All(said, text => Assert.All((string[])[FakeProvider.Key, FakeBedrock.Token, FakeBedrock.KeyId], secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_model_that_ends_is_a_warning_and_who_may_not_ask_gets_none()
    {
        ProviderCase provider = Case(Nova);
        ((FakeBedrock)provider.Fake).EndOfLife = "2027-03-01T00:00:00Z";
        await _machine.BuildAsync(provider);
        Assert.Contains(_machine.Reported, d => d.Code == "MOPS3116" && d.Message.Contains("2027-03-01", StringComparison.Ordinal));

        _machine.Reported.Clear();
        _machine.TrainingKey = new string('b', 64);
        provider.Fake.Fault = (request, _) => request.Path.StartsWith("/foundation-models", StringComparison.Ordinal) ? new FakeFault(FakeFaultKind.Status, 403, "AccessDeniedException") : null;
        Assert.NotNull(await _machine.BuildAsync(provider));
        Assert.DoesNotContain(_machine.Reported, d => d.Code == "MOPS3116");
    }

    [Theory]
    [InlineData("BEDROCK_S3_URI", null, "MOPS3150")]
    [InlineData("BEDROCK_S3_URI", "https://bucket", "MOPS3150")]
    [InlineData("BEDROCK_S3_URI", "s3://UPPER/x", "MOPS3150")]
    [InlineData("BEDROCK_ROLE_ARN", "ModelOps", "MOPS3151")]
    [InlineData("AWS_ACCESS_KEY_ID", " ", "MOPS3103")]
    public void What_the_environment_lacks_has_a_code(string variable, string? value, string code)
    {
        var connection = new TrainerConnection(BedrockDescription.Trainer.Url, "THE_KEY", name => name == variable ? value : name == "THE_KEY" ? FakeProvider.Key : FakeBedrock.Environment(name));

        Assert.Equal(code, Assert.Throws<DiagnosticException>(() => BedrockDescription.Trainer.Open(connection)).Diagnostic.Code);
    }

    [Fact]
    public void A_question_is_Converses_member_by_member()
    {
        JsonObject asked = JsonNode.Parse("""
            {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"temperature":0.5,"maxTokens":64,"seed":7,"top_p":0.9,"stop":["\n"],
             "response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}}}
            """)!.AsObject();

        Assert.True(JsonNode.DeepEquals(Converse.Request(asked), JsonNode.Parse("""
            {"messages":[{"role":"user","content":[{"text":"q"}]}],"system":[{"text":"s"}],"inferenceConfig":{"temperature":0.5,"maxTokens":64,"topP":0.9,"stopSequences":["\n"]},
             "outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"answer","schema":"{\"type\":\"object\"}"}}}}}
            """)), Converse.Request(asked).ToJsonString());
        foreach ((string member, JsonNode value) in new (string, JsonNode)[] { ("top_k", 5), ("repetition_penalty", 1.1), ("temperature", 1.5) })
        {
            JsonObject odd = asked.DeepClone().AsObject();
            odd[member] = value;
            Assert.Equal("MOPS3152", Assert.Throws<DiagnosticException>(() => Converse.Request(odd)).Diagnostic.Code);
        }
    }

    [Theory]
    [InlineData("amazon.nova-micro-v1:0:128k", "amazon.nova-micro-v1:0")]
    [InlineData("amazon.nova-micro-v1:0", "amazon.nova-micro-v1:0")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc123def456", "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc123def456")]
    public void A_model_is_asked_without_the_context_that_it_is_tuned_with(string model, string asked) => Assert.Equal(asked, Converse.AskedAs(model));

    [Theory]
    [InlineData("""{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{}},{"text":"a"},{"text":"b"}]}},"stopReason":"max_tokens","usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7}}""", "ab", "length", 3)]
    [InlineData("""{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"guardrail_intervened"}""", "", "stop", 0)]
    public void An_answer_of_Converse_is_a_completion(string said, string text, string finish, int tokens)
    {
        ChatReply reply = ChatWire.Reply(Encoding.UTF8.GetBytes(Converse.Reply(Encoding.UTF8.GetBytes(said))!.ToJsonString()));
        Assert.Equal((text, finish, tokens), (reply.Text, reply.Finish, reply.PromptTokens));
    }

    [Fact]
    public void An_answer_that_is_none_is_left_to_who_asked()
        => Assert.All((string[])["", "{", "[]", "{}", """{"output":{}}"""], said => Assert.Null(Converse.Reply(Encoding.UTF8.GetBytes(said))));

    [Fact]
    public async Task The_base_model_answers_through_the_same_client_as_everybody()
    {
        using var fake = new FakeBedrock();
        using ChatEndpoint endpoint = Endpoint(fake, Nova);
        int left = 2;
        fake.Fault = (_, _) => left-- > 0 ? new FakeFault(FakeFaultKind.Status, left == 0 ? 429 : 503, "ThrottlingException") : null;
        var answers = new List<string>();

        await endpoint.AskAsync([new Question("1", 0, [new PromptMessage("system", "s"), new PromptMessage("user", "q")])], new DecodingOptions { MaxNewTokens = 5 }, a => answers.Add($"{a.Text} {a.Finish} {a.CompletionTokens}"), default);

        Assert.Equal(["I do not know. stop 2"], answers);
        Assert.Equal("https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-micro-v1%3A0/converse", fake.Requests.Last().Address.AbsoluteUri);
        Assert.Empty(fake.NotAllowed);
        Assert.Equal("MOPS5113", (await Assert.ThrowsAsync<DiagnosticException>(() => Endpoint(fake, "amazon.nova-pro-v1:0").AskAsync([new Question("1", 0, [new PromptMessage("user", "q")])], new DecodingOptions(), _ => { }, default))).Diagnostic.Code);
    }

    private static ChatEndpoint Endpoint(FakeBedrock fake, string model)
    {
        var clock = new VirtualClock();
        var options = new EndpointOptions("bedrock", BedrockDescription.Trainer.Url, model)
        {
            ApiKeyVariable = "THE_KEY", MaxTokensMember = "maxTokens",
            Through = environment => Converse.Handler(new TrainerConnection(BedrockDescription.Trainer.Url, "THE_KEY", environment) { Handler = fake.Handler, Clock = clock.Clock }),
        };
        return new ChatEndpoint(options, name => name == "THE_KEY" ? FakeProvider.Key : FakeBedrock.Environment(name), clock.Clock);
    }

    private static ProviderCase Case(string model)
    {
        var fake = new FakeBedrock { Model = model };
        return ProviderCase.Of("bedrock") with { Trainer = BedrockDescription.Trainer.For(model), Model = model, Fake = fake, Jobs = () => fake.Jobs, Multiplier = model == Claude ? 0.5 : null, HasSystem = model is Nova or Claude };
    }
}
