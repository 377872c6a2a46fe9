using System.Net;
using System.Text;
using ModelOps.Backends.Credentials;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests;

/// <summary>Signing in with a service account: when, with what, and what is said when it fails.</summary>
public sealed class CredentialTests : IDisposable
{
    private readonly FakeVertex _provider = new();
    private readonly TemporaryFolder _folder = new();
    private readonly VirtualClock _time = new();

    public void Dispose()
    {
        _provider.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_token_is_kept_until_a_minute_before_its_end()
    {
        using ServiceAccount account = Account(_provider.Handler);
        string first = await TokenAsync(account);
        await _time.Clock.Delay(TimeSpan.FromMinutes(58), default);
        Assert.Equal(first, await TokenAsync(account));
        await _time.Clock.Delay(TimeSpan.FromMinutes(1.5), default);
        Assert.NotEqual(first, await TokenAsync(account));
        Assert.Equal(2, _provider.SignIns.Count);
        Assert.Equal(_time.Now.ToUnixTimeSeconds(), (long)_provider.SignIns[1]["iat"]!);
    }

    [Fact]
    public async Task Only_the_token_that_was_refused_is_given_up()
    {
        using ServiceAccount account = Account(_provider.Handler);
        using HttpRequestMessage old = new(), fresh = new();
        await account.AuthorizeAsync(old, default);
        Assert.True(account.Renew(old));
        await account.AuthorizeAsync(fresh, default);
        Assert.True(account.Renew(old)); // a slower request with the first token
        Assert.Equal(fresh.Headers.GetValues("Authorization").Single(), "Bearer " + await TokenAsync(account));
        Assert.Equal(2, _provider.SignIns.Count);
        Assert.All([old, fresh], sent => Assert.DoesNotContain(FakeProvider.Key, account.Hide($"you sent {sent.Headers.GetValues("Authorization").Single()}"), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(200, """{"access_token":""}""", null)]
    [InlineData(200, """{"access_""", null)]
    [InlineData(200, "[]", null)]
    [InlineData(503, "", null)]
    [InlineData(429, "{}", null)]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Invalid JWT: check your iat"}""", "Invalid JWT: check your iat")]
    [InlineData(401, """{"error":{"message":"no such account"}}""", "no such account")]
    public async Task What_may_pass_is_a_failed_request_and_what_will_not_is_one_code(int status, string body, string? said)
    {
        using ServiceAccount account = Account(new Fixed((HttpStatusCode)status, body));
        if (said is null)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => TokenAsync(account));
            return;
        }

        Diagnostic problem = (await Assert.ThrowsAsync<DiagnosticException>(() => TokenAsync(account))).Diagnostic;
        Assert.Equal("MOPS3137", problem.Code);
        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
    }

    private ServiceAccount Account(HttpMessageHandler handler)
        => new(ServiceAccountKey.Read(_folder.Write("account.json", _provider.KeyFile()), "ACCOUNT"), new HttpClient(handler), _time.Clock);

    private static async Task<string> TokenAsync(ServiceAccount account)
    {
        using var request = new HttpRequestMessage();
        await account.AuthorizeAsync(request, default);
        return request.Headers.GetValues("Authorization").Single()["Bearer ".Length..];
    }

    private sealed class Fixed(HttpStatusCode status, string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
    }
}
